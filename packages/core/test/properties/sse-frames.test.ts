import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { read } from '../stream/frames.js';
import { cutInto, damagedStream, eventStream, smallPieces } from './stream-arbitraries.js';
import { interpret } from './stream-model.js';

const RUNS = { numRuns: 300 };

test('frames and the last id are what the standard says, however the bytes are cut', () => {
  fc.assert(
    fc.property(eventStream, smallPieces, (stream, sizes) => {
      const { frames, ids, oversize } = read(cutInto(stream, sizes));
      expect({ frames, lastEventId: ids.at(-1) ?? '' }).toEqual(interpret(stream));
      expect(oversize).toEqual([]);
    }),
    RUNS,
  );
});

test('the same for a stream with damaged bytes', () => {
  fc.assert(
    fc.property(damagedStream, smallPieces, (stream, sizes) => {
      expect(read(cutInto(stream, sizes)).frames).toEqual(interpret(stream).frames);
    }),
    RUNS,
  );
});

test('every id is told once and in order, however the bytes are cut', () => {
  fc.assert(
    fc.property(damagedStream, smallPieces, (stream, sizes) => {
      expect(read(cutInto(stream, sizes))).toEqual(read([stream]));
    }),
    RUNS,
  );
});
