import { OptionError } from '@grantex/core';
import { expect, test } from 'vitest';
import { splunkDefinition, SplunkDestination, type SplunkOptions } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const hecUrl = 'https://splunk.example.com:8088';
const hecToken = '11111111-2222-4333-8444-555555555555';
const minimal: SplunkOptions = { hecUrl, hecToken };

/** What a program without types may pass. */
function untyped(options: Readonly<Record<string, unknown>>): SplunkOptions {
  return options as unknown as SplunkOptions;
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
  const { eventUrl, ackUrl, ...rest } = resolveOptions(minimal);
  expect(eventUrl.href).toBe('https://splunk.example.com:8088/services/collector/event');
  expect(ackUrl.href).toBe('https://splunk.example.com:8088/services/collector/ack');
  expect(rest).toEqual({
    hecUrl,
    hecToken,
    index: 'main',
    source: 'grantex',
    sourcetype: '_json',
    compression: 'gzip',
    acknowledgement: false,
    acknowledgementTimeoutMs: 300_000,
    name: 'splunk',
    batchSize: 100,
    maxBatchBytes: 1_000_000,
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
  });
});

test('the options of the guide', () => {
  const guide = { index: 'grantex', source: 'grantex', sourcetype: '_json', batchSize: 100, flushIntervalMs: 5_000 };
  expect(resolveOptions({ ...minimal, ...guide })).toMatchObject(guide);
});

test.each([
  ['https://splunk.example.com:8088', 'https://splunk.example.com:8088/'],
  ['https://splunk.example.com:8088/', 'https://splunk.example.com:8088/'],
  ['https://http-inputs-acme.splunkcloud.com', 'https://http-inputs-acme.splunkcloud.com/'],
  ['https://http-inputs-acme.splunkcloud.com:443/services/collector', 'https://http-inputs-acme.splunkcloud.com/'],
  ['https://splunk.example.com:8088/services/collector/', 'https://splunk.example.com:8088/'],
  ['https://splunk.example.com:8088/services/collector/event', 'https://splunk.example.com:8088/'],
  ['https://splunk.example.com:8088/services/collector/event/1.0', 'https://splunk.example.com:8088/'],
  ['https://splunk.example.com:8088/services/collector/raw', 'https://splunk.example.com:8088/'],
  ['https://gateway.example/splunk', 'https://gateway.example/splunk/'],
  ['https://gateway.example/splunk/services/collector/event/', 'https://gateway.example/splunk/'],
  ['http://127.0.0.1:8088', 'http://127.0.0.1:8088/'],
])('hecUrl %s: the paths are put behind it', (address, base) => {
  const { eventUrl, ackUrl } = resolveOptions({ hecToken, hecUrl: address });
  expect([eventUrl.href, ackUrl.href]).toEqual([`${base}services/collector/event`, `${base}services/collector/ack`]);
});

test.each([
  [undefined, 'hecUrl: expected a text, got nothing'],
  ['splunk.example.com:8088', /^hecUrl: expected a URL such as/],
  ['tcp://splunk.example.com:9997', /^hecUrl: expected a URL such as/],
  ['https://user:pass@splunk.example.com', /^hecUrl: expected a URL without user name and password/],
  [
    `https://splunk.example.com/?token=${hecToken}`,
    /^hecUrl: expected an address to which .* got one that has a query$/,
  ],
  ['http://splunk.example.com:8088', /^hecUrl: expected https, because a key is sent there/],
])('hecUrl %s is refused', (address, message) => {
  const told = messageOf(() => resolveOptions(untyped({ hecToken, hecUrl: address })));
  expect(told).toMatch(message);
  expect(told).not.toContain(hecToken);
});

test('plain http to a host that the user names', () => {
  const options = { hecToken, hecUrl: 'http://splunk.example:8088', allowInsecureHosts: ['splunk.example'] };
  expect(resolveOptions(options).eventUrl.href).toBe('http://splunk.example:8088/services/collector/event');
});

test.each([
  [undefined, 'hecToken: expected a text, got nothing'],
  ['', 'hecToken: expected a text, got an empty text'],
  [`${hecToken}\n`, 'hecToken: expected visible ASCII characters without white space, got white space around it'],
  [`Splunk ${hecToken}`, 'hecToken: expected visible ASCII characters without white space, got other characters in it'],
])('the token %j is refused', (token, message) => {
  const told = messageOf(() => new SplunkDestination(untyped({ hecUrl, hecToken: token })));
  expect(told).toBe(message);
});

test.each(['main', 'grantex', 'security-2026', '0_audit', 'a'])('the index %s is taken', (index) => {
  expect(resolveOptions({ ...minimal, index }).index).toBe(index);
});

test.each(['Main', '_internal', '-main', 'grantex events', 'grantex,main', 'index=main', '*'])(
  'the index %s, which no index can be called, is refused',
  (index) => {
    expect(messageOf(() => resolveOptions({ ...minimal, index }))).toMatch(/^index: expected the name of an index: /);
  },
);

test.each([
  [{ compression: 'zstd' }, 'compression: expected one of gzip, none, got "zstd"'],
  [{ index: '' }, /^index: expected a text, got an empty text$/],
  [{ source: '' }, 'source: expected a text, got an empty text'],
  [{ sourcetype: 7 }, 'sourcetype: expected a text, got 7'],
  [{ host: '' }, 'host: expected a text, got an empty text'],
  [{ acknowledgement: 'yes' }, 'acknowledgement: expected true or false, got a text of 3 characters'],
  [{ acknowledgementTimeoutMs: 999 }, 'acknowledgementTimeoutMs: expected milliseconds from 1000 to 3600000, got 999'],
  [{ batchSize: 10_001 }, 'batchSize: expected a whole number from 1 to 10000, got 10001'],
  [{ maxBatchBytes: 2_097_153 }, 'maxBatchBytes: expected a whole number from 1 to 2097152, got 2097153'],
  [{ sourceType: 'x' }, 'sourceType: expected a known option (did you mean sourcetype?), got an unknown one'],
])('%j is refused', (options, message) => {
  const told = messageOf(() => new SplunkDestination(untyped({ ...minimal, ...options })));
  expect(told).toMatch(message);
});

test('everything that is wrong at once, and no token', () => {
  const options = { hecUrl: 'http://splunk.example', hectoken: hecToken, index: 'Main' };
  expect(messageOf(() => new SplunkDestination(untyped(options))).split('\n')).toEqual([
    'hecToken: expected a text, got nothing',
    expect.stringMatching(/^index: expected the name of an index/),
    'hectoken: expected a known option (did you mean hecToken?), got an unknown one',
    expect.stringMatching(/^hecUrl: expected https, because a key is sent there/),
  ]);
});

test('the longest times that can be asked for go together', async () => {
  const longest = { timeoutMs: 3_600_000, acknowledgement: true, acknowledgementTimeoutMs: 3_600_000 };
  await using destination = new SplunkDestination({ ...minimal, ...longest });
  expect(destination.name).toBe('splunk');
});

test('the definition: from settings to a destination', async () => {
  expect(splunkDefinition.type).toBe('splunk');
  await using destination = splunkDefinition.from({ ...minimal, name: 'splunk-eu' });
  expect(destination).toBeInstanceOf(SplunkDestination);
  expect(destination.name).toBe('splunk-eu');
  expect(splunkDefinition.jsonSchema()).toMatchObject({
    required: ['hecUrl', 'hecToken'],
    properties: { index: { default: 'main' }, compression: { enum: ['gzip', 'none'] } },
  });
});
