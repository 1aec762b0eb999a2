import * as fc from 'fast-check';

/** Names that are fields, that nearly are, and that begin like one: the parser decides early which lines to keep. */
const fieldName = fc.constantFrom(
  'data',
  'data',
  'data',
  'id',
  'event',
  'retry',
  'dat',
  'datax',
  'Data',
  ' data',
  'x',
  '',
);

/** Characters that mean something to a parser, and characters of one to four bytes. No line ends. */
const valueCharacter = fc.constantFrom(
  'a',
  '5',
  ' ',
  ':',
  '{',
  '"',
  '\0',
  'ü',
  '日',
  '👍',
  '\u2028',
  '\u0085',
  '\uFEFF',
);
const value = fc.string({ unit: valueCharacter, maxLength: 8 });

const line = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 5, arbitrary: fc.tuple(fieldName, fc.constantFrom(':', ': '), value).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fieldName },
  { weight: 1, arbitrary: value.map((text) => `:${text}`) },
);

const lineEnd = fc.constantFrom('\n', '\r', '\r\n');

/** Lines with line ends of all kinds, mixed. The last line may lack its end, and a BOM may stand before the first. */
export const eventStream: fc.Arbitrary<Buffer> = fc
  .record({
    bom: fc.constantFrom('', '', '\uFEFF'),
    lines: fc.array(
      fc.tuple(line, lineEnd).map((parts) => parts.join('')),
      { maxLength: 60, size: 'max' },
    ),
    rest: fc.oneof(fc.constant(''), line),
  })
  .map(({ bom, lines, rest }) => Buffer.from(bom + lines.join('') + rest));

/** The same with bytes lost, or put between: what is no UTF-8 must not unsettle what follows. */
export const damagedStream: fc.Arbitrary<Buffer> = fc
  .tuple(eventStream, fc.array(fc.record({ at: fc.nat(), byte: fc.option(fc.integer({ min: 0x80, max: 0xff })) })))
  .map(([stream, damages]) => {
    const bytes = [...stream];
    for (const { at, byte } of damages) {
      const place = at % (bytes.length + 1);
      if (byte === null) bytes.splice(place, 1);
      else bytes.splice(place, 0, byte);
    }
    return Buffer.from(bytes);
  });

/** Sizes of the pieces in which the network brings something; they are used over and over. */
export type PieceSizes = readonly number[];

function sizesUpTo(most: number): fc.Arbitrary<PieceSizes> {
  return fc
    .array(fc.integer({ min: 0, max: most }), { minLength: 1, maxLength: 20 })
    .filter((sizes) => sizes.some((size) => size > 0));
}

/** Small enough to cut inside characters, field names and line ends. Some pieces are empty. */
export const smallPieces = sizesUpTo(9);

/** For streams of megabytes. */
export const largePieces = sizesUpTo(3_000_000).filter((sizes) => Math.max(...sizes) > 10_000);

/** The bytes in pieces of these sizes. */
export function cutInto(bytes: Buffer, sizes: PieceSizes): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(bytes.subarray(start, start + size));
    start += size;
  }
  return pieces;
}

/** Complete frames: a stream that ends with a blank line, for the neighbourhood of a long frame. */
export const completeFrames: fc.Arbitrary<string> = fc
  .tuple(fc.array(value, { maxLength: 3 }), lineEnd)
  .map(([values, end]) => values.map((text) => `data: ${text}${end}${end}`).join(''));

const MIB = 1_048_576;
const whole = { min: 8 * MIB - 1_000, max: 8 * MIB };
const tooLong = { min: 8 * MIB + 65_536, max: 9 * MIB };

/** How a frame around the allowed 8 MiB is made, in characters of data. Nothing lies in the 64 KiB of doubt between. */
export const longFrame = fc.record({
  end: fc.oneof(lineEnd, fc.constant('\r\n')),
  character: fc.constantFrom('x', 'ü'),
  lines: fc.constantFrom(1, 500),
  characters: fc.oneof(fc.integer(whole), fc.integer(tooLong)),
});

/** Made here and not by the generator: a failure would print megabytes. */
export function makeLongFrame(made: typeof longFrame extends fc.Arbitrary<infer Made> ? Made : never): {
  readonly text: string;
  readonly data: string;
  readonly isTooLong: boolean;
} {
  const { end, character, lines, characters } = made;
  const filling = characters - (lines - 1); // The line feeds between the lines are data, too.
  const values = Array.from({ length: lines }, () => character.repeat(Math.floor(filling / lines)));
  values[0] += character.repeat(filling % lines);
  const text = `${values.map((one) => `data: ${one}${end}`).join('')}${end}`;
  return { text, data: values.join('\n'), isTooLong: characters > whole.max };
}

/** The same pieces, but that every cut which can be lies between a CR and its LF. */
export function cutInsideLineEnds(bytes: Buffer, sizes: PieceSizes): Buffer[] {
  const cuts: number[] = [];
  let end = 0;
  for (const piece of cutInto(bytes, sizes)) {
    end += piece.length;
    const place = bytes.indexOf('\r\n', end);
    cuts.push(place === -1 ? end : place + 1);
  }
  return cuts.map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut));
}
