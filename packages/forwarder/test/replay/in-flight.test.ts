import { expect, test } from 'vitest';
import { InFlight } from '../../src/replay/in-flight.js';

/** Flushes that are ended by hand. */
function rig(maxEvents = 8, maxBytes = 1_000) {
  const flushes: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const settled: number[] = [];
  const inFlight = new InFlight<number>({
    maxEvents,
    maxBytes,
    flush: () => new Promise((resolve, reject) => flushes.push({ resolve, reject })),
    onSettled: (position) => settled.push(position),
  });
  return { flushes, settled, inFlight };
}

const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a mark for each quarter of the window; settled is what a flush has covered', async () => {
  const { inFlight, flushes, settled } = rig();
  for (const position of [1, 2, 3, 4, 5]) inFlight.sent(1, 1, position);
  expect(flushes).toHaveLength(2);
  flushes[0]?.resolve();
  await turn();
  expect(settled).toEqual([2]);
  expect(inFlight.events).toBe(3);
  inFlight.mark();
  inFlight.mark();
  expect(flushes).toHaveLength(3);
});

test.each([
  ['events', 8, 1],
  ['bytes', 1, 1_000],
])('room() waits while the window is full of %s', async (_of, events, bytes) => {
  const { inFlight, flushes } = rig();
  await inFlight.room(never);
  inFlight.sent(events, bytes, 1);
  let isRoom = false;
  const waiting = inFlight.room(never).then(() => (isRoom = true));
  await turn();
  expect(isRoom).toBe(false);
  flushes[0]?.resolve();
  await waiting;
  expect(inFlight.events).toBe(0);
});

test('allSettled() waits for what has no mark yet, too; an abort ends the waiting', async () => {
  const { inFlight, flushes, settled } = rig();
  inFlight.sent(1, 1, 7);
  const ending = new AbortController();
  const stopped = inFlight.allSettled(ending.signal);
  ending.abort();
  await stopped;
  expect(settled).toEqual([]);
  const all = inFlight.allSettled(never);
  flushes[0]?.resolve();
  await all;
  expect(settled).toEqual([7]);
});

test('a flush that fails is no settlement', async () => {
  const { inFlight, flushes, settled } = rig();
  inFlight.sent(8, 1, 1);
  const waiting = inFlight.room(never);
  flushes[0]?.reject(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  expect(settled).toEqual([]);
});
