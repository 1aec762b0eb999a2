import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Batch, type BatchItem } from '../../src/delivery/batch.js';
import { halvesOf, sortOut } from '../../src/delivery/division.js';
import { CONSEQUENCES, refused, type Refusal } from '../../src/delivery/verdict.js';
import { Work } from '../../src/delivery/work.js';
import type { DestinationErrorCode } from '../../src/errors.js';
import { eventOutsideCatalogue } from '../../src/events.js';

const RUNS = { numRuns: 200 };
const CODES = Object.keys(CONSEQUENCES) as DestinationErrorCode[];

/** Ascending positions with holes, as filters and halving leave them. */
const positions = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40, size: 'max' });
const batch = positions.map((list) => new Batch(list.toSorted((one, other) => one - other).map(itemAt)));

function itemAt(position: number): BatchItem<string> {
  const event = eventOutsideCatalogue({ id: `evt_${position}`, type: 'test', createdAt: '', data: {} });
  return { position, partition: '', event, text: '', record: `record ${position}`, bytes: position };
}

/** The same bytes would be refused again. */
function isFinal(said: Refusal | undefined): boolean {
  return said?.code === 'DEST_REJECTED' || said?.code === 'DEST_TOO_LARGE';
}

function positionsOf({ items }: Pick<Batch<string>, 'items'>): number[] {
  return items.map(({ position }) => position);
}

test('the ranges of a batch are its positions, in the shortest form', () => {
  fc.assert(
    fc.property(batch, (one) => {
      const ranges = one.ranges();
      const spelled = ranges.flatMap(([first, last]) =>
        Array.from({ length: last - first + 1 }, (_, at) => first + at),
      );
      expect(spelled).toEqual(positionsOf(one));
      for (const [index, [first]] of ranges.slice(1).entries()) {
        expect(first).toBeGreaterThan((ranges[index]?.[1] ?? Infinity) + 1);
      }
    }),
    RUNS,
  );
});

test('halves are the batch in order, and of one size, so that log2 of them lead to a single event', () => {
  fc.assert(
    fc.property(
      batch.filter(({ size }) => size > 1),
      (one) => {
        const halves = halvesOf(new Work(one)).map(({ batch: half }) => half);
        expect(halves.flatMap(positionsOf)).toEqual(positionsOf(one));
        expect(halves).toHaveLength(2);
        for (const half of halves) expect(Math.abs(half.size - one.size / 2)).toBeLessThanOrEqual(0.5);
        expect(halves.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(one.bytes);
      },
    ),
    RUNS,
  );
});

test('of a partial answer every event goes exactly one way, with its own refusal, in order', () => {
  const refusal = fc.constantFrom(...CODES).map((code) => refused(code, `because of ${code}`));
  const refusals = fc.array(fc.option(refusal, { nil: undefined }), { minLength: 40, maxLength: 40 });
  fc.assert(
    fc.property(batch, refusals, (one, list) => {
      const answer = new Map<number, Refusal>();
      for (const [index, said] of list.entries()) if (said !== undefined && index < one.size) answer.set(index, said);
      const { accepted, rejected, again } = sortOut(one, answer);
      const expected = one.items.map((item, index) => ({ item, refusal: answer.get(index) }));
      expect(accepted).toEqual(expected.filter(({ refusal: said }) => said === undefined).map(({ item }) => item));
      expect(rejected).toEqual(expected.filter(({ refusal: said }) => isFinal(said)));
      expect(again).toEqual(expected.filter(({ refusal: said }) => said !== undefined && !isFinal(said)));
    }),
    RUNS,
  );
});
