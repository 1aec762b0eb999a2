import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { settingsJsonSchema } from '../../src/settings/json-schema.js';

const source = { url: 'https://api.grantex.dev', apiKey: '${GRANTEX_API_KEY}' };
const around = (destinations: object): object => ({ sources: { production: source }, destinations });
const datadog = { apiKey: '${DD_API_KEY}' };

const RIGHT: readonly object[] = [
  around({ datadog }),
  around({ siem: { type: 'datadog', ...datadog, enabled: false, from: 'oldest', batchSize: '${SIZE}' } }),
  around({ datadog: { type: 'file', path: '-' } }),
  around({ custom: { type: '@acme/siem', anything: [1, 2] } }),
  around({ file: { path: '-', compression: undefined, filter: { types: ['grant.*', '!grant.revoked'] } } }),
  around({ file: { path: '-', transform: [{ drop: ['data.email'] }, { add: { 'data.a': 1 } }] } }),
  { ...around({ datadog }), journal: { maxBytes: '1GiB' }, connections: '${COUNT:-2}', server: { http: '${HTTP}' } },
  { ...around({ datadog }), metrics: { otlp: { url: 'http://collector:4318', headers: { a: 'file:/run/a' } } } },
];

const WRONG: readonly (readonly [what: string, settings: object])[] = [
  ['no sources', { destinations: { datadog } }],
  ['no destination', around({})],
  ['a word that is unknown', { ...around({ datadog }), destination: {} }],
  ['an option that is unknown', around({ datadog: { apikey: 'x' } })],
  ['an option that is unknown, beside a type', around({ siem: { type: 'datadog', ...datadog, batchsize: 3 } })],
  ['no type', around({ siem: datadog })],
  ['an option of another type', around({ datadog: { type: 'file', path: '-', apiKey: 'x' } })],
  ['a text for a number', around({ datadog: { ...datadog, batchSize: 'many' } })],
  ['a number out of range', { ...around({ datadog }), connections: 6 }],
  ['a name that fits no label', around({ 'my files': { type: 'file', path: '-' } })],
  ['a name, which is the key', around({ datadog: { ...datadog, name: 'other' } })],
  ['an unknown word in a filter', around({ datadog: { ...datadog, filter: { type: ['a'] } } })],
  ['an unknown level', { ...around({ datadog }), logging: { level: 'verbose' } }],
  ['forwarder words of a package', around({ custom: { type: '@acme/siem', enabled: 'maybe' } })],
];

describe('as a validator reads it', () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
    settingsJsonSchema(),
  );

  test.each(RIGHT.map((settings) => [settings]))('right: %j', (settings) => {
    const isRight = validate(JSON.parse(JSON.stringify(settings)));
    expect({ isRight, errors: validate.errors ?? null }).toEqual({ isRight: true, errors: null });
  });

  test.each(WRONG)('wrong: %s', (_, settings) => {
    expect(validate(settings)).toBe(false);
  });
});

function undescribed(properties: Readonly<Record<string, { readonly description?: string }>>): string[] {
  return Object.keys(properties).filter((name) => (properties[name]?.description ?? '') === '');
}

describe('as an editor reads it', () => {
  const schema = settingsJsonSchema() as {
    readonly $schema: string;
    readonly $defs: Readonly<Record<string, { properties?: Record<string, { description?: string }> }>>;
    readonly properties: Readonly<Record<string, { readonly description?: string }>>;
  };

  test('it says which version it is, and describes every section', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(undescribed(schema.properties)).toEqual([]);
  });

  test('every destination has its own options beside the forwarder’s words', () => {
    for (const type of ['bigquery', 'datadog', 'file', 'http', 'kafka', 'loki', 's3', 'splunk']) {
      const properties = schema.$defs[`destination-${type}`]?.properties ?? {};
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining(['type', 'enabled', 'sources', 'from', 'filter', 'transform', 'batchSize']),
      );
      expect(properties).not.toHaveProperty('name');
      expect(undescribed(properties)).toEqual([]);
    }
  });
});
