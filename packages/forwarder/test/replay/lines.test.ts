import { expect, test } from 'vitest';
import { readLines } from '../../src/replay/lines.js';

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(text: string, size: number, maxBytes = 10): Promise<(string | undefined)[]> {
  const lines: (string | undefined)[] = [];
  for await (const group of readLines(pieces(text, size), maxBytes)) {
    for (const line of group) {
      lines.push(line.text);
      expect(line.number).toBe(lines.length);
    }
  }
  return lines;
}

test.each([1, 2, 3, 7, 1_000])('lines over pieces of %i bytes', async (size) => {
  expect(await linesOf('', size)).toEqual([]);
  expect(await linesOf('a\nb', size)).toEqual(['a', 'b']);
  expect(await linesOf('\n\na\n', size)).toEqual(['', '', 'a']);
  expect(await linesOf('äöü𝄞\n€', size)).toEqual(['äöü𝄞', '€']);
  expect(await linesOf('\uFEFFa\n\uFEFFb\n', size)).toEqual(['a', '\uFEFFb']);
});

test.each([1, 2, 3, 7, 1_000])('a line beyond the limit is none; pieces of %i bytes', async (size) => {
  expect(await linesOf('0123456789\n01234567890\n0123456789', size)).toEqual(['0123456789', undefined, '0123456789']);
  expect(await linesOf(`a\n${'x'.repeat(500)}`, size)).toEqual(['a', undefined]);
});
