import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Batch } from '../../src/delivery/batch.js';
import type { BatchLimits } from '../../src/delivery/target.js';
import { assemble, byPartition, expectedEnds, requestBytes, type Sized } from './assembling.js';
import { fates, groupSizes, inGroups, limits, recordOf, scatteredFates, type Fate } from './delivery-arbitraries.js';

const concurrency = fc.integer({ min: 1, max: 4 });
/** Milliseconds that pass after each group. */
const pauses = fc.array(fc.constantFrom(0, 1, 400, 999, 1_000), { minLength: 1, maxLength: 5 });

/** Appends everything, and takes all batches. */
async function takeAll(list: readonly Fate[], batchLimits: BatchLimits, sizes: readonly number[], requests: number) {
  const { journal, assembler, filtered, unsendable } = await assemble(batchLimits, requests);
  for (const group of inGroups(list.map(recordOf), sizes)) await journal.append(group);
  assembler.end();
  const batches: Batch<Sized>[] = [];
  for (let batch = await assembler.take(() => Infinity); batch !== undefined;) {
    batches.push(batch);
    batch = await assembler.take(() => Infinity);
  }
  return { batches, filtered, unsendable };
}

function expectWithinLimits(batches: readonly Batch<Sized>[], batchLimits: BatchLimits): void {
  for (const { items } of batches) {
    expect(items.length).toBeGreaterThanOrEqual(1);
    expect(items.length).toBeLessThanOrEqual(batchLimits.maxEvents);
    // An event that is allowed goes alone when it fits nowhere else: then only the service can judge it.
    const most = items.length === 1 ? Infinity : batchLimits.maxBytes;
    expect(requestBytes(items, batchLimits)).toBeLessThanOrEqual(most);
    expect(new Set(items.map(({ partition }) => partition)).size).toBe(1);
  }
}

function expectOrdered(batches: readonly Batch<Sized>[]): void {
  for (const list of byPartition(batches).values()) {
    const positions = list.flatMap(({ items }) => items.map(({ position }) => position));
    expect(positions).toEqual(positions.toSorted((a, b) => a - b));
  }
}

/** Where the events ended, in the form of {@link expectedEnds}. */
function endsOf({ batches, filtered, unsendable }: Awaited<ReturnType<typeof takeAll>>) {
  const sent = batches.flatMap(({ items }) => items.map(({ position }) => position));
  return { filtered, unsendable, sent: sent.toSorted((one, other) => one - other) };
}

test('batches keep to the limits and to one partition, and every event has exactly one end, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fates, scatteredFates),
      limits,
      groupSizes,
      concurrency,
      async (list, batchLimits, sizes, requests) => {
        const taken = await takeAll(list, batchLimits, sizes, requests);
        expectWithinLimits(taken.batches, batchLimits);
        expectOrdered(taken.batches);
        expect(endsOf(taken)).toEqual(expectedEnds(list, batchLimits));
      },
    ),
    { numRuns: 200 },
  );
});

test('when everything is waiting, a batch ends only where the next event of its partition does not fit', async () => {
  await fc.assert(
    fc.asyncProperty(fates, limits, groupSizes, concurrency, async (list, batchLimits, sizes, requests) => {
      const { batches } = await takeAll(list, batchLimits, sizes, requests);
      for (const partition of byPartition(batches).values()) {
        for (const [index, { items }] of partition.entries()) {
          const next = partition[index + 1]?.items.slice(0, 1);
          if (next === undefined || items.length === batchLimits.maxEvents) continue;
          expect(requestBytes([...items, ...next], batchLimits)).toBeGreaterThan(batchLimits.maxBytes);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('while events come, a batch that could still grow goes only after the flush interval, and then it does', async () => {
  await fc.assert(
    fc.asyncProperty(fates, limits, groupSizes, pauses, async (list, batchLimits, sizes, waits) => {
      const { journal, clock, assembler } = await assemble(batchLimits, 1, 1_000);
      const cameAt = new Map<number, number>();
      const left = new Set(expectedEnds(list, batchLimits).sent);
      let appended = 0;
      for (const [turn, group] of inGroups(list.map(recordOf), sizes).entries()) {
        await journal.append(group);
        for (const { position } of group) cameAt.set(position, clock.now());
        appended += group.length;
        for (let batch = await assembler.take(() => 0); batch !== undefined; batch = await assembler.take(() => 0)) {
          for (const { position } of batch.items) left.delete(position);
          const waited = clock.now() - (cameAt.get(batch.id) ?? Infinity);
          if (waited < 1_000) expectFull(batch, list.slice(0, appended), batchLimits);
        }
        // What was not handed out may wait a little longer.
        const waiting = [...left].filter((position) => position <= appended);
        expect(waiting.filter((position) => clock.now() - (cameAt.get(position) ?? 0) >= 1_000)).toEqual([]);
        await clock.advance(waits[turn % waits.length] ?? 0);
      }
    }),
    { numRuns: 100 },
  );
});

/** The batch is full by number, or an event of its partition that has come does not fit. */
function expectFull(batch: Batch<Sized>, come: readonly Fate[], batchLimits: BatchLimits): void {
  if (batch.size === batchLimits.maxEvents) return;
  const { maxBytes, maxEventBytes = maxBytes } = batchLimits;
  const last = batch.items.at(-1)?.position ?? 0;
  const next = come
    .slice(last)
    .find(
      ({ kind, partition, size }) =>
        kind === 'sent' && partition === batch.items[0]?.partition && size <= maxEventBytes,
    );
  expect(next).toBeDefined();
  const bytes = requestBytes(batch.items, batchLimits) + (next?.size ?? 0) + (batchLimits.eventOverheadBytes ?? 1);
  expect(bytes).toBeGreaterThan(maxBytes);
}
