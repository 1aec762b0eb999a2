import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.js';
import { SettingsFolder } from './settings-folder.js';

let folder: SettingsFolder;
beforeEach(async () => {
  folder = await SettingsFolder.make();
});
afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

const look = async (text: string, env: Readonly<Record<string, string>> = {}) =>
  loadSettings(await folder.write('settings.yaml', text), { env, withoutSecrets: true });

test('secrets that are not in this shell do not keep a command from finding the journal and the socket', async () => {
  const settings = await look(`
sources: { production: { url: 'https://api.grantex.dev', apiKey: '\${GRANTEX_API_KEY}' } }
journal: { folder: state }
destinations:
  datadog: { apiKey: 'file:/run/secrets/that-only-root-reads', filter: { types: [grant.*] } }
`);
  expect(settings.journal.folder).toBe(join(folder.path, 'state'));
  expect(settings.server.socket).toBe(join(folder.path, 'state/control.sock'));
  expect(settings.sources.map(({ name }) => name)).toEqual(['production']);
  expect(settings.destinations[0]?.filter?.({ type: 'budget.exhausted' } as never)).toBe(false);
});

test('the folder of the journal has to be known, and what is wrong beside is still told', async () => {
  await expect(
    look(`
sources: { production: { url: 'https://api.grantex.dev', apiKey: '\${GRANTEX_API_KEY}' } }
journal: { folder: '\${STATE}' }
destinations: { file: { path: '-' } }
`),
  ).rejects.toThrow('STATE');
  await expect(
    look(`
sources: { production: { url: 'https://api.grantex.dev', apiKey: '\${GRANTEX_API_KEY}' } }
destinations: { file: { paht: '-' } }
`),
  ).rejects.toThrow('destinations.file.paht');
});

test('a value that a check cannot do without is told', async () => {
  await expect(
    look(`
sources: { production: { url: 'https://api.grantex.dev', apiKey: x } }
connections: \${CONNECTIONS}
destinations: { file: { path: '-' } }
`),
  ).rejects.toThrow('CONNECTIONS');
});
