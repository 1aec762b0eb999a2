import { expect, test } from 'vitest';
import { encodeEvent, encodeLines } from '../src/encode.js';

test('an event is its own text, to the byte', () => {
  const odd = '{ "id":"evt_1",\t"n": 1.0, "big": 12345678901234567890, "s": "Zoë \\u2028 \\n \\"q\\" 😀" }';
  expect(encodeEvent(odd)).toBe(odd);
});

test('an event that came on several lines is one line', () => {
  const spread = '{\n  "id": "evt_1",\r\n  "s": "a\\nb"\n}';
  const line = encodeEvent(spread);
  expect(line).not.toMatch(/[\r\n]/);
  expect(JSON.parse(line)).toEqual(JSON.parse(spread));
});

test('every line has its line feed, in UTF-8', () => {
  expect(Buffer.from(encodeLines(['{"a":"ä"}', '{}'])).toString()).toBe('{"a":"ä"}\n{}\n');
});
