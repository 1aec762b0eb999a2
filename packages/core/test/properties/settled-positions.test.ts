import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PositionRange } from '../../src/journal/journal.js';
import { SettledPositions } from '../../src/journal/settled-positions.js';
import { LAST, range, ranges } from './journal-arbitraries.js';

const RUNS = { numRuns: 300 };
const POSITIONS = Array.from({ length: LAST + 2 }, (_, index) => index + 1);
const position = fc.constantFrom(...POSITIONS);

function settle(changes: readonly PositionRange[]): { settled: SettledPositions; model: Set<number> } {
  const settled = new SettledPositions();
  for (const [first, last] of changes) settled.add(first, last);
  const model = new Set(POSITIONS.filter((at) => changes.some(([first, last]) => first <= at && at <= last)));
  return { settled, model };
}

/** The form in which a journal stores it: two that are equal look equal. */
function formOf({ below, ranges: above }: SettledPositions): unknown {
  return { below, ranges: above };
}

test('it answers every question as a set of positions does', () => {
  fc.assert(
    fc.property(ranges, position, position, (changes, one, other) => {
      const { settled, model } = settle(changes);
      const [first, last] = [Math.min(one, other), Math.max(one, other)];
      const between = POSITIONS.filter((at) => first <= at && at <= last);
      expect(settled.has(one)).toBe(model.has(one));
      expect(settled.nextUnsettled(one)).toBe(POSITIONS.find((at) => at >= one && !model.has(at)) ?? LAST + 2);
      expect(settled.covers(first, last)).toBe(between.every((at) => model.has(at)));
      expect(settled.end).toBe(Math.max(0, ...model) + 1);
      const stretches = settled.unsettledRanges(last);
      expect(POSITIONS.filter((at) => stretches.some(([from, to]) => from <= at && at <= to))).toEqual(
        POSITIONS.filter((at) => at <= last && !model.has(at)),
      );
    }),
    RUNS,
  );
});

test('it counts what is not settled up to the newest position', () => {
  fc.assert(
    fc.property(ranges, position, fc.nat(LAST), (changes, from, more) => {
      const { settled, model } = settle(changes);
      const head = settled.end - 4 + more;
      let count = 0;
      for (let at = from; at <= head; at++) if (!model.has(at)) count++;
      expect(settled.countUnsettled(head, from)).toBe(count);
    }),
    RUNS,
  );
});

test('the form is canonical: the ranges ascend, and do not touch one another or what is below', () => {
  fc.assert(
    fc.property(ranges, (changes) => {
      const { settled } = settle(changes);
      let before = settled.below;
      for (const [first, last] of settled.ranges) {
        expect(first).toBeGreaterThan(before);
        expect(last).toBeGreaterThanOrEqual(first);
        before = last + 1;
      }
    }),
    RUNS,
  );
});

test('the order of the changes makes no difference, and neither does saying them twice', () => {
  const twice = ranges.chain((changes) =>
    fc.tuple(fc.constant(changes), fc.shuffledSubarray([...changes, ...changes], { minLength: changes.length * 2 })),
  );
  fc.assert(
    fc.property(twice, ([changes, shuffled]) => {
      expect(formOf(settle(shuffled).settled)).toEqual(formOf(settle(changes).settled));
    }),
    RUNS,
  );
});

test('what was stored makes the same positions again', () => {
  fc.assert(
    fc.property(ranges, (changes) => {
      const { settled } = settle(changes);
      const stored = JSON.parse(JSON.stringify(formOf(settled))) as { below: number; ranges: PositionRange[] };
      expect(formOf(new SettledPositions(stored.below, stored.ranges))).toEqual(formOf(settled));
      expect(formOf(new SettledPositions(stored.below, stored.ranges.toReversed()))).toEqual(formOf(settled));
    }),
    RUNS,
  );
});

test('a copy and its original have nothing in common', () => {
  fc.assert(
    fc.property(ranges, range, (changes, [first, last]) => {
      const { settled } = settle(changes);
      const before = JSON.stringify(formOf(settled));
      settled.copy().add(first, last);
      expect(JSON.stringify(formOf(settled))).toBe(before);
      const copy = settled.copy();
      settled.add(first, last);
      expect(JSON.stringify(formOf(copy))).toBe(before);
    }),
    RUNS,
  );
});
