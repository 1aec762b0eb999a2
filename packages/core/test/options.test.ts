import {
  describe as describeValue,
  EventSource,
  integerBetween,
  MemoryJournal,
  milliseconds,
  nonEmptyText,
  oneOf,
  OptionError,
  secretText,
  serviceUrl,
} from '@grantex/core';
import { describe, expect, test } from 'vitest';

const SECRET = 'gx_live_0123456789abcdef';
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What the check throws; fails when it is no `OptionError`. */
function refusalOf(check: () => unknown): OptionError {
  try {
    check();
  } catch (error) {
    if (error instanceof OptionError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a whole number', () => {
  test.each([1, 2, 10])('%s is accepted', (value) => {
    expect(integerBetween('batchSize', value, 1, 10)).toBe(value);
  });

  test.each([0, 11, -1, 1.5, Number.NaN, Infinity, '5', null, undefined, true, [5]])(
    '%s is refused by name',
    (value) => {
      const { option, code, message } = refusalOf(() => integerBetween('batchSize', value as number, 1, 10));
      expect([option, code]).toEqual(['batchSize', 'OPTION_INVALID']);
      expect(message).toMatch(/^batchSize: expected a whole number from 1 to 10, got /);
    },
  );
});

describe('milliseconds', () => {
  test.each([0, 1, 0.5, 30_000, LONGEST_TIMER_MS])('%s is accepted', (value) => {
    expect(milliseconds('timeoutMs', value)).toBe(value);
  });

  test.each([-1, Number.NaN, Infinity, LONGEST_TIMER_MS + 1, '30', null, undefined, {}])('%s is refused', (value) => {
    expect(refusalOf(() => milliseconds('timeoutMs', value as number)).message).toContain(
      'timeoutMs: expected milliseconds',
    );
  });

  test('Infinity is accepted where it has a meaning', () => {
    expect(milliseconds('blockMs', Infinity, Infinity)).toBe(Infinity);
  });
});

describe('a text', () => {
  test('has to be there', () => {
    expect(nonEmptyText('name', 'a')).toBe('a');
    for (const value of ['', undefined, null, 5, {}]) refusalOf(() => nonEmptyText('name', value as string));
  });

  test('out of a few', () => {
    expect(oneOf('whenFull', 'block', ['overrun', 'block'])).toBe('block');
    expect(refusalOf(() => oneOf('whenFull', 'Block', ['overrun', 'block'] as string[])).message).toContain(
      'overrun, block',
    );
    refusalOf(() => oneOf('whenFull', undefined as never, ['overrun', 'block']));
  });
});

describe('a secret', () => {
  test.each([SECRET, '!~', 'x'])('%s is accepted', (value) => {
    expect(secretText('apiKey', value)).toBe(value);
  });

  test.each([
    ['', 'an empty text'],
    [undefined, 'nothing'],
    [null, 'null'],
    [5, '5'],
    [` ${SECRET}`, 'white space around it'],
    [`${SECRET}\n`, 'white space around it'],
    [`${SECRET} ${SECRET}`, 'other characters'],
    [`${SECRET}\r\nx-header: 1`, 'other characters'],
    [`${SECRET}ü`, 'other characters'],
    [`${SECRET}\u0000`, 'other characters'],
  ])('%j is refused: %s', (value, got) => {
    expect(refusalOf(() => secretText('apiKey', value as string)).message).toContain(got);
  });
});

describe('the address of a service', () => {
  test.each([
    'https://api.grantex.dev',
    'https://api.grantex.dev:8443/base/',
    'http://localhost:3000',
    'http://app.localhost',
    'http://127.0.0.1:3000',
    'http://127.9.9.9',
    'http://[::1]:3000',
  ])('%s is accepted', (url) => {
    expect(serviceUrl('url', url).href).toBe(new URL(url).href);
  });

  test.each([
    '',
    'api.grantex.dev',
    'ftp://api.grantex.dev',
    'ws://localhost',
    'file:///etc/passwd',
    'http://api.grantex.dev',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://10.0.0.1',
    `https://user:${SECRET}@api.grantex.dev`,
    `https://${SECRET}@api.grantex.dev`,
    undefined,
    null,
    5,
  ])('%s is refused', (url) => {
    const { option, message } = refusalOf(() => serviceUrl('url', url as string));
    expect(option).toBe('url');
    expect(message).not.toContain(SECRET);
  });

  test('plain http goes to the hosts that the user has named, and to no other', () => {
    expect(serviceUrl('url', 'http://grantex.internal:8080', ['grantex.internal']).port).toBe('8080');
    refusalOf(() => serviceUrl('url', 'http://other.internal', ['grantex.internal']));
    refusalOf(() => serviceUrl('url', 'http://grantex.internal.example', ['grantex.internal']));
    const { message } = refusalOf(() => serviceUrl('url', 'http://grantex.internal'));
    expect(message).toContain("allowInsecureHosts: ['grantex.internal']");
  });
});

describe('no message contains what was given, since it may be a secret in the wrong place', () => {
  const checks: [name: string, check: () => unknown][] = [
    ['integerBetween', () => integerBetween('a', SECRET as never, 1, 2)],
    ['milliseconds', () => milliseconds('a', SECRET as never)],
    ['nonEmptyText', () => nonEmptyText('a', [SECRET] as never)],
    ['secretText', () => secretText('a', `${SECRET} `)],
    ['secretText, inner space', () => secretText('a', `${SECRET} ${SECRET}`)],
    ['serviceUrl', () => serviceUrl('a', SECRET)],
    ['serviceUrl, http', () => serviceUrl('a', `http://host.example/?key=${SECRET}`)],
    ['EventSource apiKey', () => new EventSource({ url: 'https://host.example', apiKey: `${SECRET}\n` })],
    ['EventSource url', () => new EventSource({ url: SECRET, apiKey: SECRET })],
    [
      'EventSource types',
      () => new EventSource({ url: 'https://host.example', apiKey: SECRET, types: [`${SECRET} `] }),
    ],
    [
      'EventSource types, a text',
      () => new EventSource({ url: 'https://host.example', apiKey: SECRET, types: SECRET as never }),
    ],
    ['MemoryJournal', () => new MemoryJournal({ maxBytes: SECRET as never })],
  ];

  test.each(checks)('%s', (_name, check) => {
    expect(refusalOf(check).message).not.toContain(SECRET);
  });
});

test.each([
  [undefined, 'nothing'],
  [null, 'null'],
  ['', 'an empty text'],
  ['abc', 'a text of 3 characters'],
  [5, '5'],
  [Number.NaN, 'NaN'],
  [true, 'true'],
  [[1], 'an array'],
  [{}, 'an object'],
  [() => {}, 'a function'],
])('%o is told as %s', (value, expected) => {
  expect(describeValue(value)).toBe(expected);
});

describe("the source's options", () => {
  const good = { url: 'https://host.example', apiKey: SECRET };

  test.each([
    { ...good, types: [] },
    { ...good, types: ['grant.*'] },
    { ...good, types: ['a,b'] },
    { ...good, types: ['a', ' b'] },
    { ...good, types: [''] },
    { ...good, firstByteTimeoutMs: -1 },
    { ...good, silenceTimeoutMs: Number.NaN },
    { ...good, apiKey: '' },
    { ...good, url: 'http://host.example' },
  ])('$types $firstByteTimeoutMs $silenceTimeoutMs $url is refused', (options) => {
    expect(() => new EventSource(options)).toThrow(OptionError);
  });

  test.each([good, { ...good, types: ['grant.created', 'something.new'] }, { ...good, apiKey: () => SECRET }])(
    '%o is accepted',
    (options) => {
      expect(new EventSource(options).stats().state).toBe('idle');
    },
  );
});

test.each([
  { maxBytes: 0 },
  { maxBytes: 1.5 },
  { maxDeadLetters: 0 },
  { whenFull: 'drop' as never },
  { whenFull: 'block' as const, blockMs: -1 },
])('the journal refuses %o', (options) => {
  expect(() => new MemoryJournal(options)).toThrow(OptionError);
});
