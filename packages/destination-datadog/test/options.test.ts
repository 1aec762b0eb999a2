import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { datadogDefinition, DatadogDestination, type DatadogOptions } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const apiKey = '0123456789abcdef0123456789abcdef';
const minimal: DatadogOptions = { apiKey };

/** What a program without types may pass. */
function untyped(options: Readonly<Record<string, unknown>>): DatadogOptions {
  return options as unknown as DatadogOptions;
}

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof OptionError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  const { intakeUrl, validateUrl, ...rest } = resolveOptions(minimal);
  expect(intakeUrl.href).toBe('https://http-intake.logs.datadoghq.com/api/v2/logs');
  expect(validateUrl.href).toBe('https://api.datadoghq.com/api/v1/validate');
  expect(rest).toEqual({
    apiKey,
    service: 'grantex',
    source: 'grantex',
    hostname: 'grantex-auth-service',
    tags: [],
    compression: 'gzip',
    lateEvents: 'send',
    name: 'datadog',
    site: 'datadoghq.com',
    batchSize: 100,
    maxBatchBytes: 5_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
  });
});

test('the options of the guide', () => {
  const resolved = resolveOptions({ apiKey, site: 'us5.datadoghq.com', service: 'auth', source: 'grantex-prod' });
  expect(resolved.intakeUrl.href).toBe('https://http-intake.logs.us5.datadoghq.com/api/v2/logs');
  expect(resolved.validateUrl.href).toBe('https://api.us5.datadoghq.com/api/v1/validate');
  expect([resolved.service, resolved.source]).toEqual(['auth', 'grantex-prod']);
});

test.each([
  ['http://127.0.0.1:19428/insert/datadog', 'http://127.0.0.1:19428/insert/datadog/'],
  ['http://127.0.0.1:19428/insert/datadog/', 'http://127.0.0.1:19428/insert/datadog/'],
  ['https://worker.example:8282', 'https://worker.example:8282/'],
  ['https://http-intake.logs.datadoghq.eu/api/v2/logs', 'https://http-intake.logs.datadoghq.eu/'],
  ['http://[::1]:8080/a/b/api/v2/logs/', 'http://[::1]:8080/a/b/'],
])('endpoint %s: the paths are put behind it', (endpoint, base) => {
  const { intakeUrl, validateUrl } = resolveOptions({ apiKey, endpoint });
  expect([intakeUrl.href, validateUrl.href]).toEqual([`${base}api/v2/logs`, `${base}api/v1/validate`]);
});

test.each([
  ['worker.example', /^endpoint: expected a URL such as/],
  ['ftp://worker.example', /^endpoint: expected a URL such as/],
  ['https://user:pass@worker.example', /^endpoint: expected a URL without user name and password/],
  [
    'https://worker.example/?token=x',
    /^endpoint: expected an address to which \/api\/v2\/logs can be added, got one that has a query/,
  ],
  ['http://worker.example', /^endpoint: expected https, because a key is sent there/],
])('endpoint %s is refused', (endpoint, message) => {
  expect(messageOf(() => resolveOptions({ apiKey, endpoint }))).toMatch(message);
});

test('plain http to a host that the user names', () => {
  const options = { apiKey, endpoint: 'http://worker.example', allowInsecureHosts: ['worker.example'] };
  expect(resolveOptions(options).intakeUrl.href).toBe('http://worker.example/api/v2/logs');
});

test.each([
  ["a key's ID", '9a7c1e0b-6f3d-4a55-8c1e-2b7d9f0e4c61', "a key's ID, which is not the key"],
  ['an application key', '0123456789abcdef0123456789abcdef01234567', 'an application key, which cannot send logs'],
  [
    'an application key of the newer form',
    'ddapp_Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb',
    'an application key, which cannot send logs',
  ],
])('%s in place of the API key is told, and not shown', (_what, key, told) => {
  const message = messageOf(() => resolveOptions({ apiKey: key }));
  expect(message).toContain(told);
  expect(message).toContain('Organization Settings > API Keys');
  expect(message).not.toContain(key);
});

test.each(['pub0123456789abcdef0123456789abcdef', 'dd-test-key', 'key-of-a-proxy'])('the key %s is taken', (key) => {
  expect(resolveOptions({ apiKey: key }).apiKey).toBe(key);
});

test.each([
  [undefined, 'apiKey: expected a text, got nothing'],
  ['', 'apiKey: expected a text, got an empty text'],
  [`${apiKey}\n`, 'apiKey: expected visible ASCII characters without white space, got white space around it'],
])('the key %j is refused', (key, message) => {
  expect(messageOf(() => new DatadogDestination(untyped({ apiKey: key })))).toBe(message);
});

test('tags are copied', () => {
  const tags = ['env:prod', 'team:security'];
  const resolved = resolveOptions({ apiKey, tags });
  tags.push('late');
  expect(resolved.tags).toEqual(['env:prod', 'team:security']);
});

test.each([
  ['env:prod', "tags: expected a list such as ['env:prod'], got a text of 8 characters"],
  [['env:prod', 'a:b,c:d'], 'tags[1]: expected one tag, got a comma, with which Datadog separates tags'],
  [[''], 'tags[0]: expected a text, got an empty text'],
  [[1], 'tags[0]: expected a text, got 1'],
  [['x'.repeat(257)], 'tags[0]: expected 256 characters at most, got 257 characters'],
  [Array.from({ length: 99 }, (_, index) => `t:${index}`), 'tags: expected 98 tags at most, got 99'],
])('tags %#: refused', (tags, message) => {
  expect(messageOf(() => resolveOptions(untyped({ apiKey, tags })))).toBe(message);
});

test('98 tags of 256 characters are taken', () => {
  const tags = Array.from({ length: 98 }, (_, index) => `${index}:`.padEnd(256, 'x'));
  expect(resolveOptions({ apiKey, tags }).tags).toEqual(tags);
});

test.each([
  [{ compression: 'deflate' }, 'compression: expected one of gzip, zstd, none, got "deflate"'],
  [{ lateEvents: 'drop' }, 'lateEvents: expected one of send, dead-letter, got "drop"'],
  [{ service: '' }, 'service: expected a text, got an empty text'],
  [{ source: 7 }, 'source: expected a text, got 7'],
  [{ hostname: '' }, 'hostname: expected a text, got an empty text'],
  [{ batchSize: 1_001 }, 'batchSize: expected a whole number from 1 to 1000, got 1001'],
  [{ batchSize: 0 }, 'batchSize: expected a whole number from 1 to 1000, got 0'],
  [{ maxBatchBytes: 5_000_001 }, 'maxBatchBytes: expected a whole number from 1 to 5000000, got 5000001'],
  [{ timeoutMs: 300_001 }, 'timeoutMs: expected milliseconds from 1 to 300000, got 300001'],
])('%j is refused', (options, message) => {
  expect(messageOf(() => new DatadogDestination(untyped({ apiKey, ...options })))).toBe(message);
});

test('everything that is wrong at once, and no key', () => {
  const options = { apikey: apiKey, site: apiKey, endpoint: 'http://worker.example', tags: ['a,b'], flushInterval: 5 };
  expect(messageOf(() => new DatadogDestination(untyped(options))).split('\n')).toEqual([
    'apiKey: expected a text, got nothing',
    expect.stringMatching(/^site: expected a Datadog site .*, got a text of 32 characters$/),
    'tags[0]: expected one tag, got a comma, with which Datadog separates tags',
    'apikey: expected a known option (did you mean apiKey?), got an unknown one',
    'flushInterval: expected a known option (did you mean flushIntervalMs?), got an unknown one',
    expect.stringMatching(/^endpoint: expected https, because a key is sent there, got plain http to worker\.example/),
  ]);
});

test('the definition: from settings to a destination', async () => {
  expect(datadogDefinition.type).toBe('datadog');
  await using destination = datadogDefinition.from({ apiKey, site: 'EU', name: 'datadog-eu' });
  expect(destination).toBeInstanceOf(DatadogDestination);
  expect(destination.name).toBe('datadog-eu');
  expect(datadogDefinition.jsonSchema()).toMatchObject({
    required: ['apiKey'],
    properties: { site: { default: 'datadoghq.com' }, timeoutMs: { maximum: 300_000 } },
  });
});
