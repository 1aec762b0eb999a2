import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from '../stream/frames.js';
import {
  completeFrames,
  cutInsideLineEnds,
  cutInto,
  largePieces,
  longFrame,
  makeLongFrame,
} from './stream-arbitraries.js';
import { interpret } from './stream-model.js';

// Each run decodes 16 MiB and more.
const RUNS = { numRuns: 8 };

const parts = fc.record({
  before: completeFrames,
  one: longFrame,
  between: completeFrames,
  other: longFrame,
  after: completeFrames,
});

test('a frame of at most 8 MiB is read, a longer one is told once with its beginning, and the neighbours come', () => {
  fc.assert(
    fc.property(
      parts,
      largePieces,
      fc.constantFrom(cutInto, cutInsideLineEnds, cutInsideLineEnds),
      ({ before, between, after, ...long }, sizes, cut) => {
        const [one, other] = [makeLongFrame(long.one), makeLongFrame(long.other)];
        const { frames, oversize } = read(cut(Buffer.from(before + one.text + between + other.text + after), sizes));
        const expected = [
          ...interpret(Buffer.from(before)).frames,
          ...(one.isTooLong ? [] : [one.data]),
          ...interpret(Buffer.from(between)).frames,
          ...(other.isTooLong ? [] : [other.data]),
          ...interpret(Buffer.from(after)).frames,
        ];
        // Not by toEqual: a failure would print megabytes.
        expect(frames.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
        expect(frames.every((frame, index) => frame === expected[index])).toBe(true);
        const tooLong = [one, other].filter(({ isTooLong }) => isTooLong);
        expect(oversize).toHaveLength(tooLong.length);
        for (const [index, head] of oversize.entries()) {
          expect(head.length).toBeLessThanOrEqual(65_536);
          expect(head !== '' && tooLong[index]?.text.startsWith(head)).toBe(true);
        }
      },
    ),
    RUNS,
  );
});
