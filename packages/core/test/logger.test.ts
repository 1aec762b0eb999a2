import { consoleLogger, silentLogger } from '@grantex/core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let written: string[];

beforeEach(() => {
  written = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('warnings and errors are lines on standard error; the rest is quiet', () => {
  consoleLogger.debug('a');
  consoleLogger.info('b');
  consoleLogger.warn('c');
  consoleLogger.error('d');
  expect(written).toEqual(['grantex warn: c\n', 'grantex error: d\n']);
});

test('fields stand behind the message, texts in quotes, those without a value left out', () => {
  consoleLogger.warn('lost', { cause: 'two words', count: 3, ok: false, none: undefined, quote: 'a "b"\n' });
  expect(written).toEqual(['grantex warn: lost cause="two words" count=3 ok=false quote="a \\"b\\"\\n"\n']);
});

test('a message is one line, whatever somebody else has put into it', () => {
  consoleLogger.error('the server answered 500. first\r\nsecond\nthird');
  expect(written).toHaveLength(1);
  expect(written[0]?.trimEnd()).not.toMatch(/[\r\n]/);
});

test('silence is silent', () => {
  silentLogger.debug('a');
  silentLogger.info('b');
  silentLogger.warn('c');
  silentLogger.error('d', { count: 1 });
  expect(written).toEqual([]);
});
