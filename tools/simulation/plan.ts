import { makeEvents } from '@grantex/testing';
import type { MemoryJournalOptions } from '@grantex/core';
import type { Chance } from './chance.ts';
import type { StreamWeather } from './event-server.ts';
import type { Published } from './ledger.ts';

/** One destination and its service. */
export interface DestinationPlan {
  readonly name: string;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly flushIntervalMs: number;
  readonly maxBatchBytes: number;
  /** Batches have a key, which is stored with their cut. */
  readonly isStable: boolean;
  /** An event type that its filter keeps out. */
  readonly without: string | undefined;
  /** Every so many-th event is poison here; 0: none. */
  readonly poisonEvery: number;
  readonly poisonAnswer: 'whole' | 'named' | 'failure';
  readonly maxRequestBytes: number;
  /** The part of its requests that a bad mood strikes. */
  readonly badShare: number;
}

interface DiskPlan {
  readonly options: Required<Pick<MemoryJournalOptions, 'maxBytes' | 'whenFull' | 'blockMs'>>;
  readonly forgetsCommits: boolean;
  /** The probability that a write fails. */
  readonly failing: number;
  /** Milliseconds that a write takes at most, before and after its effect each. */
  readonly mostLatencyMs: number;
}

/** What a seed decides before it begins. */
export interface Plan {
  readonly events: readonly Omit<Published, 'at'>[];
  /** Milliseconds from the beginning at which each of them is published, while things go wrong. */
  readonly publishedAt: readonly number[];
  /** Healthy events, published when nothing goes wrong any more. */
  readonly closing: readonly Omit<Published, 'at'>[];
  readonly troubleMs: number;
  readonly crashes: number;
  readonly politeStops: number;
  readonly weather: StreamWeather;
  readonly disk: DiskPlan;
  readonly destinations: readonly DestinationPlan[];
}

const CLOSING = 25;

export function makePlan(chance: Chance): Plan {
  const count = chance.happens(0.15) ? chance.between(200, 375) : chance.between(25, 150);
  const all = makeEvents(count + CLOSING, { seed: chance.between(1, 1_000_000) }).map((event, index) => {
    const { id, type } = event;
    // The last ones are to everybody's taste.
    if (index >= count) return { id, type, text: JSON.stringify({ ...event, data: {} }), number: index + 1 };
    const data = chance.happens(0.1) ? { ...event.data, note: 'naïve – ☂ 𝄞\u2028' } : event.data;
    return { id, type, text: JSON.stringify({ ...event, data }), number: index + 1 };
  });
  const publishedAt = bursts(chance, count);
  const isRough = chance.happens(0.8);
  const names = ['first', 'second', 'third'].slice(0, chance.pick([1, 1, 2, 2, 3]));
  return {
    events: all.slice(0, count),
    publishedAt,
    closing: all.slice(count),
    troubleMs: (publishedAt.at(-1) ?? 0) + chance.between(1_000, 30_000),
    crashes: chance.happens(0.75) ? chance.between(1, 4) : 0,
    politeStops: chance.happens(0.5) ? chance.between(1, 2) : 0,
    weather: {
      refused: isRough ? chance.next() * 0.5 : 0,
      cut: isRough ? chance.next() * 0.6 : 0,
      stalled: isRough ? chance.next() * 0.3 : 0,
      repeated: chance.pick([0, 0.05, 0.2]),
      garbage: chance.pick([0, 0, 0.05]),
    },
    disk: {
      options: {
        maxBytes: chance.happens(0.2) ? chance.between(15_000, 60_000) : 100_000_000,
        whenFull: chance.pick(['overrun', 'overrun', 'block']),
        blockMs: chance.between(100, 10_000),
      },
      forgetsCommits: chance.happens(0.4),
      failing: chance.pick([0, 0, 0, 0.02]),
      mostLatencyMs: chance.pick([1, 10, 100, 1_000]),
    },
    destinations: names.map((name) => destinationPlan(chance, name)),
  };
}

function destinationPlan(chance: Chance, name: string): DestinationPlan {
  const poisonAnswer = chance.pick(['whole', 'whole', 'named', 'failure']);
  return {
    name,
    batchSize: chance.pick([1, 3, 10, 10, 30]),
    concurrency: chance.pick([1, 1, 1, 2, 3]),
    flushIntervalMs: chance.pick([0, 50, 1_000, 1_000, 5_000]),
    maxBatchBytes: chance.pick([1_500, 4_000, 1_000_000]),
    isStable: chance.happens(0.35),
    without: chance.pick([undefined, undefined, undefined, 'grant.revoked']),
    // Each event that breaks the service costs minutes of backoff.
    poisonEvery: chance.pick(poisonAnswer === 'failure' ? [0, 50] : [0, 0, 11, 40, 3]),
    poisonAnswer,
    maxRequestBytes: chance.pick([1_000_000, 1_000_000, 3_000, 380]),
    badShare: chance.pick([0.1, 0.5, 1]),
  };
}

/** When events are published: some at once, then a pause. */
function bursts(chance: Chance, count: number): number[] {
  const times: number[] = [];
  let at = chance.between(0, 3_000);
  while (times.length < count) {
    const left = count - times.length;
    const size = Math.min(left, Math.ceil(chance.skewed(1, 40)));
    const distance = chance.pick([0, 1, 20, 200]);
    for (let index = 0; index < size; index++) times.push((at += distance * chance.next()));
    at += chance.skewed(10, 20_000);
  }
  return times;
}
