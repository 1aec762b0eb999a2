import { setImmediate as nextTurn } from 'node:timers/promises';
import { ManualClock } from '@grantex/testing';
import { Delivery } from '../../src/delivery/delivery.js';
import type { DeliveryStats } from '../../src/delivery/delivery-stats.js';
import type { DeliveryTarget } from '../../src/delivery/target.js';
import type { Verdict } from '../../src/delivery/verdict.js';
import type { DeadLetter } from '../../src/journal/journal.js';
import { MemoryJournal } from '../../src/journal/memory-journal.js';
import { silentLogger } from '../../src/logger.js';
import { records } from '../journal/records.js';

/** Delays of a service: short enough for a hundred halvings in a few virtual minutes. */
export const BACKOFF = { initialMs: 100, maxMs: 1_000, holdMs: 500, maxHoldMs: 4_000 };

/** An answer as the delivery got it. */
interface Answered {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly verdict: Verdict;
}

/** A request as the service saw it. */
export interface Request {
  /** Virtual milliseconds. */
  readonly at: number;
  /** Positions of its events. */
  readonly events: readonly number[];
}

export interface Delivered {
  readonly requests: readonly Request[];
  readonly answers: readonly Answered[];
  /** Positions that the service took, in the order in which it did. */
  readonly taken: readonly number[];
  readonly deadLetters: readonly DeadLetter[];
  readonly stats: DeliveryStats;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly taken: readonly number[];
}

export interface Plan {
  readonly count: number;
  readonly batchSize: number;
  readonly concurrency?: number;
  readonly maxEventsPerSecond?: number;
  /** Uniform in [0, 1). */
  readonly random?: () => number;
  /** Virtual milliseconds from a request to its answer. @defaultValue at once */
  readonly answerMs?: () => number;
  /** What the service says to these events, and what it takes of them. */
  readonly answer: (events: readonly number[]) => Answer;
}

/** More requests, and more waits, than any of these tests has a reason for. */
const TOO_MANY = 4_000;

/** Delivers `count` events to a scripted service in virtual time, until every one of them is settled. */
export async function deliver(plan: Plan): Promise<Delivered> {
  const clock = new ManualClock();
  const journal = new MemoryJournal();
  await journal.append(records(plan.count));
  const requests: Request[] = [];
  const answers: Answered[] = [];
  const taken: number[] = [];
  let answering = 0;
  const delivery = new Delivery({
    target: scriptedTarget(plan, async (events) => {
      requests.push({ at: clock.now(), events });
      await clock.sleep(plan.answerMs?.() ?? 0);
      answering++;
      await nextTurn(); // No answer comes within a reaction: a delivery that asks without end must not stop the test.
      answering--;
      const { verdict, taken: some } = plan.answer(events);
      taken.push(...some);
      answers.push({ at: clock.now(), verdict });
      return verdict;
    }),
    journal,
    from: 'oldest',
    clock,
    random: plan.random ?? (() => 0.5),
    logger: silentLogger,
  });
  await delivery.start();
  const flushed = new AbortController();
  const flushing = delivery.flush().finally(() => flushed.abort());
  flushing.catch(() => {}); // Told below.
  for (let turn = 0; !flushed.signal.aborted && turn < TOO_MANY && requests.length < TOO_MANY; turn++) {
    await clock.settle();
    const { nextAt } = clock.waiting;
    // While an answer is on its way, the next one who sleeps is its time-out.
    if (answering === 0 && nextAt !== undefined) await clock.advance(nextAt - clock.now());
  }
  const isSettled = flushed.signal.aborted; // Being stopped ends the flush as well.
  const stats = delivery.stats();
  const deadLetters = await journal.deadLetters.list({ limit: plan.count });
  await delivery.stop(AbortSignal.abort());
  if (!isSettled) throw new Error(`not settled after ${requests.length} requests`);
  await flushing;
  return { requests, answers, taken, deadLetters, stats };
}

/** The records of {@link records} have their positions as ids: `e1` and on. */
export function positionOf(id: string | undefined): number {
  return Number(id?.slice(1));
}

function scriptedTarget(
  { batchSize, concurrency = 1, maxEventsPerSecond = 0 }: Plan,
  answer: (events: readonly number[]) => Promise<Verdict>,
): DeliveryTarget<string> {
  return {
    name: 'scripted',
    limits: { maxEvents: batchSize, maxBytes: 1_000_000 },
    flushIntervalMs: 1_000,
    timeoutMs: 30_000,
    concurrency,
    maxEventsPerSecond,
    backoff: BACKOFF,
    encode: ({ id }) => id,
    sizeOf: (record) => record.length,
    sendBatch: async ({ items }) => answer(items.map(({ position }) => position)),
    redact: (text) => text,
  };
}
