import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { labelComplaints, selectorOf, streamLabels, type Labels } from '../src/labels.js';
import { LokiDestination, lokiDefinition, type LokiOptions } from '../src/index.js';
import { batchingDefaults, LOKI_DEFAULTS, resolveOptions } from '../src/options.js';

const url = 'https://loki.example';

/** The lines of the error that these options, from a program without types, are refused with. */
function complaints(options: Readonly<Record<string, unknown>>): string[] {
  try {
    resolveOptions(options);
  } catch (error) {
    if (error instanceof OptionError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  expect(resolveOptions({ url })).toEqual({
    url,
    pushUrl: new URL('https://loki.example/loki/api/v1/push'),
    name: 'loki',
    labels: { service_name: 'grantex', source: 'grantex' },
    structuredMetadata: true,
    compression: 'gzip',
    headers: {},
    batchSize: 1_000,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 10_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
    secrets: [],
  });
});

test.each([
  [{ url: 'https://loki.example' }, 'https://loki.example/loki/api/v1/push'],
  [{ url: 'https://loki.example/' }, 'https://loki.example/loki/api/v1/push'],
  [{ url: 'https://loki.example/loki/api/v1/push' }, 'https://loki.example/loki/api/v1/push'],
  [{ url: 'https://loki.example/loki/api/v1/push/' }, 'https://loki.example/loki/api/v1/push'],
  [{ url: 'https://gateway.example/logs' }, 'https://gateway.example/logs/loki/api/v1/push'],
  [{ url: 'http://localhost:3100' }, 'http://localhost:3100/loki/api/v1/push'],
  [{ hostname: 'logs-prod-021.grafana.net' }, 'https://logs-prod-021.grafana.net/loki/api/v1/push'],
  [{ hostname: 'loki.example:3100' }, 'https://loki.example:3100/loki/api/v1/push'],
])('%j: where pushes go', (options, address) => {
  expect(resolveOptions(options).pushUrl.href).toBe(address);
});

test('user name and password are Basic authentication, also beyond ASCII; the tenant is a header', () => {
  const { headers, secrets } = resolveOptions({
    url,
    username: 'Aladdin',
    password: 'open sésame',
    tenantId: 'team-a',
  });
  expect(headers).toEqual({
    authorization: `Basic ${Buffer.from('Aladdin:open sésame', 'utf8').toString('base64')}`,
    'x-scope-orgid': 'team-a',
  });
  expect(secrets).toEqual(['open sésame', Buffer.from('Aladdin:open sésame').toString('base64')]);
});

test('labels: those of the user beside or in place of the two; the same set gives the same text', () => {
  expect(resolveOptions({ url, labels: { env: 'prod', service_name: 'auth' } }).labels).toEqual({
    env: 'prod',
    service_name: 'auth',
    source: 'grantex',
  });
  expect(JSON.stringify(streamLabels({ a: '1', z: '2' }))).toBe(JSON.stringify(streamLabels({ z: '2', a: '1' })));
  expect(selectorOf(streamLabels({ env: 'a"b\\c' }))).toBe(
    '{env="a\\"b\\\\c", service_name="grantex", source="grantex"}',
  );
});

function overheadOf(options: LokiOptions): number {
  return batchingDefaults(resolveOptions(options)).limits.batchOverheadBytes ?? Number.NaN;
}

test('the labels count as a part of each request', () => {
  const value = 'ä'.repeat(100);
  expect(overheadOf({ url, labels: { env: value } }) - overheadOf({ url })).toBe(
    Buffer.byteLength(`"env":"${value}",`),
  );
});

test.each([
  [{}, ['url: expected the address of a Loki, here or in hostname, got nothing']],
  [{ url, hostname: 'loki.example' }, ['hostname: expected either url or hostname, got both']],
  [{ url: 'loki.example' }, ['url: expected a URL such as https://host.example, got a text of 12 characters']],
  [
    { url: 'http://loki.example:3100' },
    [expect.stringMatching(/^url: expected https, because a key is sent there, got plain http to loki\.example/)],
  ],
  [
    { url: 'https://user:pass@loki.example' },
    ['url: expected a URL without user name and password, got one that has them'],
  ],
  [
    { url: 'https://loki.example?key=1' },
    ['url: expected an address to which /loki/api/v1/push can be added, got one that has a query'],
  ],
  [
    { hostname: 'https://logs-prod-021.grafana.net' },
    ['hostname: expected a host name such as logs-prod-021.grafana.net, got an address, which belongs into url'],
  ],
  [
    { hostname: 'loki example' },
    ['hostname: expected a host name such as logs-prod-021.grafana.net, got a text of 12 characters'],
  ],
  [{ url, username: 'user' }, ['password: expected what belongs to username, got nothing']],
  [{ url, password: 'geheim' }, ['username: expected what belongs to password, got nothing']],
  [
    { url, username: 'a:b', password: 'geheim' },
    ['username: expected a user name without a colon, got one that has one'],
  ],
  [
    { url, username: 'a', password: 'geheim\n' },
    [
      'password: expected a text without control characters, and without white space around it, got white space around it',
    ],
  ],
  [
    { url, username: 'a', password: 'ge\u0000heim' },
    [
      'password: expected a text without control characters, and without white space around it, got a control character',
    ],
  ],
  [{ url, tenantId: 'a/b' }, ["tenantId: expected 1 to 150 letters, digits and !-_.*'(), got a text of 3 characters"]],
  [{ url, tenantId: '..' }, ["tenantId: expected 1 to 150 letters, digits and !-_.*'(), got a text of 2 characters"]],
  [
    { url, labels: { 'a.b': 'x' } },
    ['labels.a.b: expected a name of letters, digits and underscores, with no digit first, got other characters in it'],
  ],
  [
    { url, labels: { __name: 'x' } },
    [
      'labels.__name: expected a name of letters, digits and underscores, with no digit first, got a name that is reserved for Loki',
    ],
  ],
  [{ url, labels: { env: '' } }, ['labels.env: expected a value, got an empty text, which Loki takes for no label']],
  [{ url, labels: { env: 7 } }, ['labels.env: expected a text, got 7']],
  [{ url, compression: 'zstd' }, ['compression: expected one of gzip, none, got "zstd"']],
  [{ url, structuredMetadata: 'no' }, ['structuredMetadata: expected true or false, got a text of 2 characters']],
  [{ url, batchSize: 10_001 }, ['batchSize: expected a whole number from 1 to 10000, got 10001']],
  [{ url, maxBatchBytes: 4_194_304 }, ['maxBatchBytes: expected a whole number from 1 to 4000000, got 4194304']],
])('%j is refused', (options, lines) => {
  expect(complaints(options)).toEqual(lines);
});

function labelsOf(count: number): Labels {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`l${at}`, 'x']));
}

test('labels: their number and their sizes are those that Loki takes', () => {
  expect(labelComplaints(labelsOf(13))).toEqual([]);
  expect(labelComplaints({ ...labelsOf(13), source: 'x' })).toEqual([]);
  expect(labelComplaints(labelsOf(14))).toEqual([
    { expected: '15 labels at most, service_name and source included', got: '16' },
  ]);
  expect(labelComplaints({ ['n'.repeat(1_024)]: 'v'.repeat(2_048) })).toEqual([]);
  expect(labelComplaints({ ['n'.repeat(1_025)]: 'x' })).toEqual([
    { expected: 'names of 1024 bytes at most', got: '1025 bytes' },
  ]);
  expect(labelComplaints({ env: 'ä'.repeat(1_025) })).toEqual([
    { at: 'env', expected: '2048 bytes at most', got: '2050 bytes' },
  ]);
});

test('everything that is wrong is told at once, and no secret', () => {
  const lines = complaints({
    url: 'http://loki.example',
    user: 'x',
    password: 'geheim ',
    tenantId: 'a b',
    labels: { '1': 'x' },
    flushInterval: 5,
  });
  expect(new Set(lines.map((line) => line.split(':')[0]))).toEqual(
    new Set(['url', 'user', 'username', 'password', 'tenantId', 'labels.1', 'flushInterval']),
  );
  expect(lines.join('\n')).not.toContain('geheim');
});

test('the definition: from settings to a destination', async () => {
  expect(lokiDefinition.type).toBe(LOKI_DEFAULTS.kind);
  await using destination = lokiDefinition.from({ url, name: 'audit' });
  expect(destination).toBeInstanceOf(LokiDestination);
  expect(destination.name).toBe('audit');
  expect(lokiDefinition.problems({ hostname: 'loki.example', username: '1', password: 'x' })).toEqual([]);
  expect(lokiDefinition.problems({ urll: url })).toEqual([
    { option: 'urll', expected: 'a known option', got: 'an unknown one', suggestion: 'url' },
    { option: 'url', expected: 'the address of a Loki, here or in hostname', got: 'nothing' },
  ]);
  expect(lokiDefinition.jsonSchema()).toMatchObject({
    additionalProperties: false,
    properties: { compression: { default: 'gzip', enum: ['gzip', 'none'] }, labels: { type: 'object' } },
  });
});
