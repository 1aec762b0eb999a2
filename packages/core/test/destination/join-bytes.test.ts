import { joinBytes, type BodyFrame } from '@grantex/core';
import { expect, test } from 'vitest';

const ARRAY: BodyFrame = { before: '[', between: ',', after: ']' };

test.each([
  ['nothing', [], ARRAY],
  ['one', ['{}'], ARRAY],
  ['ASCII', ['{"a":1}', '{"b":2}', '{"c":3}'], ARRAY],
  ['line feeds', ['a', 'b'], { between: '\n', after: '\n' }],
  ['empty texts', ['', '', ''], { between: '' }],
  ['two and three bytes a character', ['ä'.repeat(50), '€'.repeat(50), 'x'], ARRAY],
  ['four bytes a character, in the frame too', ['😀', '😀😀'], { before: '«', between: '—', after: '»' }],
  ['a surrogate without the other half', ['\ud83d', '\ude00'], ARRAY],
  ['much, the last one larger than all before', ['a'.repeat(10), 'ß'.repeat(10_000), '漢'.repeat(100_000)], ARRAY],
] as const)('%s: the bytes of the joined text', (_what, texts, frame: BodyFrame) => {
  const { before = '', between, after = '' } = frame;
  const joined = `${before}${texts.join(between)}${after}`;
  // The halves are joined with something between them, so each is replaced on its own in either way.
  expect(Buffer.from(joinBytes(texts, frame)).equals(Buffer.from(joined))).toBe(true);
});
