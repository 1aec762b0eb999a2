import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentIds } from '../../src/stream/recent-ids.js';

/** So many are remembered, says the class. */
const CAPACITY = 100_000;

/** Near the end of a generation of ids, and in the middle of one. */
const nearAnEnd = fc.tuple(fc.constantFrom(0.5, 1, 1, 1), fc.nat(20)).map(([part, less]) => part * CAPACITY - less);

/** Ids are numbered as they come for the first time. New ones come, and then a few again from a place of before. */
const burst = fc.record({
  news: fc.oneof({ weight: 3, arbitrary: nearAnEnd }, { weight: 1, arbitrary: fc.nat(CAPACITY) }),
  // A few places only, so that the same ids come again and again.
  again: fc.oneof(fc.nat(20), nearAnEnd),
  count: fc.integer({ min: 1, max: 50 }),
});

type Burst = typeof burst extends fc.Arbitrary<infer Value> ? Value : never;

function numbers(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

/** What is wrong with the first answer that is; undefined when none is. */
function wrongAnswer(bursts: readonly Burst[]): string | undefined {
  const recent = new RecentIds();
  /** By id: how many had come when it came last, those that came again among them. */
  const cameAt: number[] = [];
  let came = 0;
  for (const { news, again, count } of bursts) {
    const [fresh, known] = [cameAt.length, Math.min(again, cameAt.length)];
    for (const id of [...numbers(fresh, news), ...numbers(known, count)]) {
      const last = cameAt[id];
      const isNew = recent.add(`evt_${id}`);
      if (last === undefined && !isNew) return `evt_${id} came for the first time, and was known`;
      if (last !== undefined && isNew && came - last < CAPACITY) return `evt_${id} was forgotten after ${came - last}`;
      cameAt[id] = ++came;
    }
  }
  return undefined;
}

test('an id is new the first time, and known while fewer than 100,000 others came since', () => {
  fc.assert(
    fc.property(fc.array(burst, { minLength: 3, maxLength: 4 }), (bursts) => {
      expect(wrongAnswer(bursts)).toBeUndefined();
    }),
    { numRuns: 4 },
  );
});

test('those that came again have their places among the 100,000', () => {
  const ends = [
    { news: 100_000, again: 99_900, count: 50 },
    { news: 99_999, again: 0, count: 1 },
    { news: 50_000, again: 99_999, count: 1 },
  ];
  expect(wrongAnswer(ends)).toBeUndefined();
});
