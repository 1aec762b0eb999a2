import { ManualClock } from '@grantex/testing';
import { expect, test } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.js';
import { Lifetime } from '../../src/delivery/lifetime.js';
import { Pace } from '../../src/delivery/pace.js';
import type { DeliveryTarget } from '../../src/delivery/target.js';
import { accepted, refused, type Verdict } from '../../src/delivery/verdict.js';
import { MemoryJournal } from '../../src/journal/memory-journal.js';
import { silentLogger } from '../../src/logger.js';
import { records } from '../journal/records.js';

/** A clock that can be set, as the machine's can. */
class SettableClock extends ManualClock {
  #offset = 0;

  override now(): number {
    return super.now() + this.#offset;
  }

  set(ms: number): void {
    this.#offset += ms;
  }
}

test('after a pause one request goes at once, and there is nothing to make up for', async () => {
  const clock = new ManualClock();
  const pace = new Pace(50, new Lifetime(clock), clock);
  const began: number[] = [];
  const startedAt = clock.now();
  const request = async (events: number): Promise<void> => {
    await pace.turn(events, () => true);
    began.push(clock.now() - startedAt);
  };
  await request(1);
  await clock.advance(60_000);
  await request(100);
  const last = request(1);
  await clock.advance(10_000);
  await last;
  expect(began).toEqual([0, 60_000, 62_000]);
});

test('a clock that was set back by an hour does not stop the delivery for an hour', async () => {
  const clock = new SettableClock();
  const pace = new Pace(50, new Lifetime(clock), clock);
  await pace.turn(100, () => true);
  clock.set(-3_600_000);
  const turn = pace.turn(1, () => true);
  expect(await clock.runNext()).toBe(2_000);
  expect(await turn).toBe(true);
});

test('who has something else to wait for by then does not count', async () => {
  const clock = new ManualClock();
  const pace = new Pace(50, new Lifetime(clock), clock);
  await pace.turn(100, () => true);
  let isTime = true;
  const turns = Promise.all([pace.turn(500, () => isTime), pace.turn(1, () => true)]);
  isTime = false;
  await clock.advance(2_000);
  expect(await turns).toEqual([false, true]);
});

interface Paced {
  readonly clock: ManualClock;
  readonly delivery: Delivery<string>;
  /** Events of each request so far. */
  readonly requests: number[];
}

/** 30 events wait, in batches of 10; at 1 event a second the second batch is due after 10 s. */
async function startPaced(verdicts: readonly Verdict[], concurrency = 1): Promise<Paced> {
  const clock = new ManualClock();
  const journal = new MemoryJournal();
  await journal.append(records(30));
  const requests: number[] = [];
  const target: DeliveryTarget<string> = {
    name: 'paced',
    limits: { maxEvents: 10, maxBytes: 1_000_000 },
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency,
    maxEventsPerSecond: 1,
    backoff: { initialMs: 100, maxMs: 1_000, holdMs: 500, maxHoldMs: 4_000 },
    encode: ({ id }) => id,
    sizeOf: (record) => record.length,
    sendBatch: async ({ size }) => {
      requests.push(size);
      return verdicts[requests.length - 1] ?? accepted(200);
    },
    redact: (text) => text,
  };
  const delivery = new Delivery({ target, journal, from: 'oldest', clock, random: () => 0.5, logger: silentLogger });
  await delivery.start();
  await clock.settle();
  return { clock, delivery, requests };
}

test('a retry passes the pace as well', async () => {
  const { clock, delivery, requests } = await startPaced([refused('DEST_UNAVAILABLE', 'away')]);
  await clock.advance(9_999);
  expect(requests).toEqual([10]);
  await clock.advance(1);
  expect(requests).toEqual([10, 10]);
  await delivery.stop(AbortSignal.abort());
});

test('being stopped ends the pace: what is left goes without time passing', async () => {
  const { clock, delivery, requests } = await startPaced([]);
  await clock.advance(5_000);
  expect(requests).toEqual([10]);
  expect(await delivery.stop(new AbortController().signal)).toBeUndefined();
  expect(requests).toEqual([10, 10, 10]);
});

test('being stopped does not end what the service has asked for', async () => {
  const { clock, delivery, requests } = await startPaced([
    accepted(200),
    refused('DEST_THROTTLED', 'slowly', { retryAfterMs: 5_000 }),
  ]);
  const stopped = delivery.stop(new AbortController().signal);
  await clock.advance(4_999);
  expect(requests).toEqual([10, 10]);
  await clock.advance(1);
  expect(await stopped).toBeUndefined();
  expect(requests).toEqual([10, 10, 10, 10]);
});

test.each([1, 3])('workers that wait through a hold use up nothing of the pace, %i of them', async (concurrency) => {
  const wrongKey = refused('DEST_UNAUTHORIZED', 'who are you?');
  const { clock, delivery, requests } = await startPaced([wrongKey, wrongKey], concurrency);
  // The probes are due before the pace lets them go.
  await clock.advance(9_999);
  expect(requests).toEqual([10]);
  await clock.advance(1);
  expect(requests).toEqual([10, 10]);
  await clock.advance(10_000);
  expect(requests).toEqual([10, 10, 10]);
  await delivery.stop(AbortSignal.abort());
});
