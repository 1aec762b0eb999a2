import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  cut,
  formatAgo,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumberOf,
  formatRate,
  printable,
  ProgressLine,
  table,
} from '../../src/commands/terminal.js';

const plain = (text: string): string => stripVTControlCharacters(text);

function terminal(columns: number): PassThrough & { isTTY: boolean; columns: number } {
  return Object.assign(new PassThrough(), { isTTY: true, columns });
}

describe('formats', () => {
  test.each([
    [0, '0 ms'],
    [349.6, '350 ms'],
    [1_000, '1 s'],
    [4_250, '4.2 s'],
    [9_999, '9.9 s'],
    [10_400, '10 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [7_200_000, '2 h'],
    [447_000_000, '5 d 4 h'],
  ])('a duration of %d ms is %s', (ms, expected) => expect(formatDuration(ms)).toBe(expected));

  test.each([
    [0, '0 B'],
    [1_023, '1,023 B'],
    [1_024, '1 KiB'],
    [1_572_864, '1.5 MiB'],
    [2 ** 30, '1 GiB'],
  ])('%d bytes are %s', (bytes, expected) => expect(formatBytes(bytes)).toBe(expected));

  test('counts, rates and times', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatRate(1_234.56)).toBe('1,234.6/s');
    expect(formatNumberOf(1, 'event')).toBe('1 event');
    expect(formatNumberOf(2_000, 'event')).toBe('2,000 events');
    expect(formatNumberOf(2, 'query', 'queries')).toBe('2 queries');
    expect(formatAgo('2026-03-01T12:00:00.000Z', Date.UTC(2026, 2, 1, 12, 0, 42))).toBe('42 s ago');
    expect(formatAgo('nonsense', 0)).toBe('at an unknown time');
  });
});

test('what comes from elsewhere cannot move the cursor', () => {
  expect(printable('a\u001b[2Jb\r\nc\u0007')).toBe('ab c ');
});

test('a cut text has at most the width', () => {
  expect(cut('abcdef', 6)).toBe('abcdef');
  expect(cut('abcdef', 4)).toBe('abc…');
  expect(cut('abcdef', 1)).toBe('…');
  expect(cut('abcdef', 0)).toBe('');
  expect(cut('', 0)).toBe('');
});

describe('table', () => {
  test('columns are as wide as their widest cell, numbers stand right', () => {
    const rows = [
      ['datadog', 12, 'fine'],
      ['s3', 1_500, ''],
    ];
    const lines = plain(table(rows, { stream: new PassThrough(), head: ['name', 'waiting', 'note'] })).split('\n');
    expect(lines).toStrictEqual(['name     waiting  note', 'datadog       12  fine', 's3         1,500']);
  });

  test('rows are cut at the edge of a terminal, and not in a file', () => {
    const rows = [['datadog', 'a long message of the service']];
    expect(plain(table(rows, { stream: terminal(20) }))).toBe('datadog  a long mes…');
    expect(plain(table(rows, { stream: new PassThrough() }))).toBe('datadog  a long message of the service');
  });
});

describe('progress', () => {
  test('a terminal gets one line that is overwritten', () => {
    const stream = terminal(80);
    const progress = new ProgressLine(stream);
    progress.update('1 of 2');
    progress.update('2 of 2');
    progress.clear();
    expect(stream.read().toString()).toBe('\r1 of 2\u001b[K\r2 of 2\u001b[K\r\u001b[K');
  });

  test('a file gets a line at times', () => {
    const stream = new PassThrough();
    let now = 0;
    const progress = new ProgressLine(stream, () => now);
    progress.update('first');
    now += 4_999;
    progress.update('too soon');
    now += 1;
    progress.update('later');
    progress.clear();
    expect(stream.read().toString()).toBe('first\nlater\n');
  });
});
