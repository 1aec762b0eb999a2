import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentIds } from '../../src/stream/recent-ids.js';

/** So many are remembered, says the class. */
const CAPACITY = 100_000;

/** Just below a whole or a half of what is remembered: where a generation ends, and in the middle of one. */
const aroundTheEnd = fc
  .tuple(fc.constantFrom(0.5, 1, 1.5, 2), fc.nat(20))
  .map(([part, less]) => part * CAPACITY - less);

/** Ids are numbered as they come for the first time. A burst brings new ones, or some again that came before. */
const burst = fc.oneof(
  fc.record({ kind: fc.constant('new' as const), count: fc.oneof(fc.nat(20), fc.nat(CAPACITY), aroundTheEnd) }),
  fc.record({
    kind: fc.constant('again' as const),
    // A few places only, so that the same ids come again and again.
    start: fc.oneof(fc.nat(20), aroundTheEnd),
    count: fc.integer({ min: 1, max: 50 }),
  }),
);

type Burst = typeof burst extends fc.Arbitrary<infer Value> ? Value : never;

/** What is wrong with the first answer that is; undefined when none is. */
function wrongAnswer(bursts: readonly Burst[]): string | undefined {
  const recent = new RecentIds();
  /** By id: how many ids had been new when it came last. */
  const cameAt: number[] = [];
  let news = 0;
  for (const one of bursts) {
    const start = one.kind === 'new' ? cameAt.length : Math.min(one.start, cameAt.length);
    for (let id = start; id < start + one.count; id++) {
      const last = cameAt[id];
      const isNew = recent.add(`evt_${id}`);
      if (last === undefined && !isNew) return `evt_${id} came for the first time, and was known`;
      if (last !== undefined && isNew && news - last < CAPACITY) return `evt_${id} was forgotten after ${news - last}`;
      if (isNew) news++;
      cameAt[id] = news;
    }
  }
  return undefined;
}

test('an id is new the first time, and known while fewer than 100,000 others came since', () => {
  fc.assert(
    fc.property(fc.array(burst, { maxLength: 12, size: 'max' }), (bursts) => {
      expect(wrongAnswer(bursts)).toBeUndefined();
    }),
    { numRuns: 15 },
  );
});
