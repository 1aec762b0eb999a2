import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { HttpDestination, httpDefinition, type HttpOptions } from '../src/index.js';
import { HTTP_DEFAULTS, resolveOptions } from '../src/options.js';

const url = 'https://siem.example/hooks/grantex';
const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

/** The lines of the error that these options, from a program without types, are refused with. */
function complaints(options: Readonly<Record<string, unknown>>): string[] {
  try {
    resolveOptions(options as unknown as HttpOptions);
  } catch (error) {
    if (error instanceof OptionError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  expect(resolveOptions({ url })).toEqual({
    url: new URL(url),
    name: HTTP_DEFAULTS.kind,
    headers: {},
    method: 'POST',
    format: 'array',
    source: 'https://api.grantex.dev',
    compression: 'none',
    batchSize: 100,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 15_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
    signingKeys: [],
    secrets: [],
  });
});

test("format 'event' sends one event a request, whatever batchSize says", () => {
  expect(resolveOptions({ url, format: 'event', batchSize: 50 }).batchSize).toBe(1);
});

test('one secret, or several', () => {
  const second = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
  expect(resolveOptions({ url, signature: { secret: SECRET } }).signingKeys).toEqual([Buffer.alloc(24, 1)]);
  expect(resolveOptions({ url, signature: { secret: [SECRET, second] } }).signingKeys).toHaveLength(2);
});

test('what is kept out of messages', () => {
  const { secrets } = resolveOptions({
    url: 'https://siem.example/hooks/4f9a8c7b6d5e4f3a?key=0123456789abcdef&env=prod',
    headers: { 'DD-API-KEY': 'dd-key-123', Authorization: 'Bearer token-123', 'X-Env': 'prod' },
    signature: { secret: SECRET },
    proxy: 'http://user:p%40ss@proxy.example:3128',
  });
  expect(new Set(secrets)).toEqual(
    new Set([
      'dd-key-123',
      'Bearer token-123',
      'token-123',
      '4f9a8c7b6d5e4f3a',
      '0123456789abcdef',
      SECRET,
      'p%40ss',
      'p@ss',
      Buffer.from('user:p@ss').toString('base64'),
    ]),
  );
});

test.each([
  [{}, ['url: expected a text, got nothing']],
  [{ url: 'siem.example' }, ['url: expected a URL such as https://host.example, got a text of 12 characters']],
  [
    { url: 'http://siem.example' },
    [expect.stringMatching(/^url: expected https, because a key is sent there, got plain http to siem/)],
  ],
  [
    { url: 'https://user:pass@siem.example' },
    ['url: expected a URL without user name and password, got one that has them'],
  ],
  [{ url, method: 'GET' }, ['method: expected one of POST, PUT, got "GET"']],
  [{ url, format: 'csv' }, ['format: expected one of array, ndjson, event, cloudevents-batch, got "csv"']],
  [{ url, batchSize: 10_001 }, ['batchSize: expected a whole number from 1 to 10000, got 10001']],
  [{ url, maxBatchBytes: 64_000_001 }, ['maxBatchBytes: expected a whole number from 1 to 64000000, got 64000001']],
  [
    { url, headers: { 'Content-Type': 'text/plain' } },
    ['headers.Content-Type: expected a header that is yours to set, got one that the destination sets itself'],
  ],
  [
    { url, headers: { 'webhook-id': 'x' } },
    ['headers.webhook-id: expected a header that is yours to set, got one that the destination sets itself'],
  ],
  [
    { url, headers: { 'a b': 'x' } },
    ['headers: expected names of headers, got one with characters that no name may have'],
  ],
  [
    { url, headers: { 'X-Key': 'a', 'x-key': 'b' } },
    ['headers.x-key: expected each header once, got the same name again'],
  ],
  [
    { url, headers: { 'X-Key': 'geheim\r\nx: 1' } },
    ['headers.X-Key: expected visible ASCII characters and spaces between them, got other characters in it'],
  ],
  [
    { url, headers: { 'X-Key': ' geheim' } },
    ['headers.X-Key: expected visible ASCII characters and spaces between them, got white space around it, or nothing'],
  ],
  [{ url, headers: { 'X-Key': 7 } }, ['headers.X-Key: expected a text, got 7']],
  [{ url, headers: ['X-Key: geheim'] }, ['headers: expected texts by name, got an array']],
  [
    { url, signature: { secret: 'geheim' } },
    ['signature.secret: expected whsec_ and 24 to 64 bytes in base64, got something else'],
  ],
  [
    { url, signature: { secret: [SECRET, 'geheim'] } },
    ['signature.secret[1]: expected whsec_ and 24 to 64 bytes in base64, got something else'],
  ],
  [
    { url, signature: { secret: [] } },
    ['signature.secret: expected a secret of the form whsec_…, or a list of them, got an array'],
  ],
  [
    { url, signature: { secrets: [SECRET] } },
    [
      'signature.secret: expected a secret of the form whsec_…, or a list of them, got nothing',
      'signature.secrets: expected a known option (did you mean signature.secret?), got an unknown one',
    ],
  ],
  [{ url, signature: SECRET }, ['signature: expected options by name, got a text of 38 characters']],
  [{ url, successCodes: [] }, ['successCodes: expected at least one status, got none']],
  [{ url, successCodes: [200, 500] }, ['successCodes[1]: expected a whole number from 200 to 499, got 500']],
  [{ url, tls: { cert: 'x' } }, ['tls.key: expected the private key of tls.cert, got nothing']],
  [
    { url, proxy: 'proxy.example:3128' },
    ["proxy: expected a URL such as http://proxy.example:3128, or 'environment', got a text of 18 characters"],
  ],
])('%j is refused', (options, lines) => {
  expect(complaints(options)).toEqual(lines);
});

test('everything that is wrong is told at once, and no secret', () => {
  const lines = complaints({
    url: 'http://siem.example',
    header: {},
    headers: { Host: 'geheim' },
    flushInterval: 5,
    compression: 'deflate',
    signature: { secret: 'geheim' },
    logger: 'geheim',
  });
  expect(new Set(lines.map((line) => line.split(':')[0]))).toEqual(
    new Set(['url', 'header', 'headers.Host', 'flushInterval', 'compression', 'signature.secret', 'logger']),
  );
  expect(lines.join('\n')).not.toContain('geheim');
  expect(lines).toContain('header: expected a known option (did you mean headers?), got an unknown one');
  expect(lines).toContain('flushInterval: expected a known option (did you mean flushIntervalMs?), got an unknown one');
});

test('a file that cannot be read is told by its option', () => {
  const tls = { ca: 'no-such-file.pem' };
  expect(() => new HttpDestination({ url, tls })).toThrow(
    'tls.ca: expected PEM text, or the path of a file that holds it, got something that cannot be read as a file (ENOENT)',
  );
  expect(() => new HttpDestination({ url, tls: { ca: import.meta.filename } })).toThrow(OptionError);
});

test('the definition: from settings to a destination', async () => {
  expect(httpDefinition.type).toBe(HTTP_DEFAULTS.kind);
  await using destination = httpDefinition.from({ url, name: 'siem' });
  expect(destination).toBeInstanceOf(HttpDestination);
  expect(destination.name).toBe('siem');
  expect(httpDefinition.problems({ url, name: 'siem' })).toEqual([]);
  expect(httpDefinition.problems({ urll: url })).toEqual([
    { option: 'url', expected: 'a text', got: 'nothing' },
    { option: 'urll', expected: 'a known option', got: 'an unknown one', suggestion: 'url' },
  ]);
  expect(httpDefinition.jsonSchema()).toMatchObject({
    required: ['url'],
    additionalProperties: false,
    properties: { format: { default: 'array', enum: ['array', 'ndjson', 'event', 'cloudevents-batch'] } },
  });
});
