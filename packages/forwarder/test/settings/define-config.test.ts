import { expect, test } from 'vitest';
import { defineConfig } from '../../src/index.js';
import { SettingsFolder } from './settings-folder.js';

const sources = { production: { url: 'https://api.grantex.dev', apiKey: 'gx_1' } };

test('what defineConfig takes, the forwarder takes', async () => {
  const config = defineConfig({
    sources: { production: { ...sources.production, transport: ['sse', 'websocket'], types: ['grant.created'] } },
    journal: { maxBytes: '1GiB', whenFull: 'block' },
    connections: 3,
    destinations: {
      datadog: {
        apiKey: '${DD_API_KEY}',
        site: 'EU',
        filter: { types: ['grant.*'], where: { 'data.agentId': ['a', 'b'] } },
      },
      archive: { type: 's3', bucket: 'grantex-events', enabled: false, from: 'oldest' },
      // One of our names, with another type.
      kafka: { type: 'file', path: '-', transform: [{ drop: ['data.email'] }] },
    },
    server: { http: false },
    logging: { level: 'debug' },
  });
  await using folder = await SettingsFolder.make();
  const settings = await folder.load(JSON.stringify(config), { DD_API_KEY: '0123456789abcdef0123456789abcdef' });
  expect(settings.destinations.map(({ name, type, enabled }) => [name, type, enabled])).toEqual([
    ['datadog', 'datadog', true],
    ['archive', 's3', false],
    ['kafka', 'file', true],
  ]);
  expect(settings.journal).toMatchObject({ maxBytes: 1_073_741_824, whenFull: 'block' });
});

test('destinations of other packages are open', () => {
  const config = defineConfig({ sources, destinations: { custom: { type: '@acme/siem', level: 3 } } });
  expect(config.destinations.custom).toEqual({ type: '@acme/siem', level: 3 });
});

/** Never run: the compiler reads them. */
export const mistakes = [
  // @ts-expect-error a source without its key
  () => defineConfig({ sources: { a: { url: 'https://api.grantex.dev' } }, destinations: { file: { path: '-' } } }),
  // @ts-expect-error a misspelled option under a short name
  () => defineConfig({ sources, destinations: { datadog: { apikey: 'x' } } }),
  // @ts-expect-error a misspelled option beside a type
  () => defineConfig({ sources, destinations: { siem: { type: 'datadog', apikey: 'x' } } }),
  // @ts-expect-error a text for a number
  () => defineConfig({ sources, destinations: { file: { path: '-', batchSize: 'many' } } }),
  // @ts-expect-error neither type nor short name
  () => defineConfig({ sources, destinations: { siem: { apiKey: 'x' } } }),
  // @ts-expect-error a type that there is not
  () => defineConfig({ sources, destinations: { siem: { type: 'splnuk', hecToken: 'x' } } }),
  // @ts-expect-error an unknown word in a filter
  () => defineConfig({ sources, destinations: { file: { path: '-', filter: { type: ['grant.*'] } } } }),
  // @ts-expect-error an unknown section
  () => defineConfig({ sources, destinations: { file: { path: '-' } }, journals: {} }),
];
