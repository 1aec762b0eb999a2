import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accepted, partlyAccepted, refused, type Verdict } from '../../src/delivery/verdict.js';
import { deliver, type Answer, type Plan, type Request } from './delivering.js';

/** What a service may say to a request, the bad as well as the good. */
const KINDS = ['taken', 'taken', 'taken', 'away', 'too large', 'rejected', 'first one again', 'key wrong'] as const;
type Kind = (typeof KINDS)[number];

/** One answer a request; what comes after them is taken. */
function saying(kinds: readonly Kind[]): Plan['answer'] {
  let asked = 0;
  return (events) => {
    const kind = kinds[asked++] ?? 'taken';
    const verdict = verdictOf(kind);
    return { verdict, taken: takenOf(verdict, events) };
  };
}

function verdictOf(kind: Kind): Verdict {
  switch (kind) {
    case 'taken':
      return accepted(200);
    case 'away':
      return refused('DEST_UNAVAILABLE', 'away');
    case 'too large':
      return refused('DEST_TOO_LARGE', 'too large');
    case 'rejected':
      return refused('DEST_REJECTED', 'bad');
    case 'key wrong':
      return refused('DEST_UNAUTHORIZED', 'who are you?');
    case 'first one again':
      return partlyAccepted(new Map([[0, refused('DEST_UNAVAILABLE', 'not this one')]]), 207);
  }
}

function takenOf(verdict: Verdict, events: readonly number[]): Answer['taken'] {
  if (verdict.outcome === 'refused') return [];
  return verdict.outcome === 'accepted' ? events : events.filter((_, index) => !verdict.refusals.has(index));
}

/** Milliseconds by which each request comes before the rate allows it; 0 or less is in order. */
function earlyBy(requests: readonly Request[], eventsPerSecond: number): readonly number[] {
  return requests.slice(1).map(({ at }, index) => {
    const before = requests[index];
    return (before?.at ?? 0) + ((before?.events.length ?? 0) * 1_000) / eventsPerSecond - at;
  });
}

/** Virtual time is in floating point, some 2^-12 ms fine at today's dates. */
const ROUNDING_MS = 0.001;

const rate = fc.integer({ min: 1, max: 2_000 });
const answers = fc.array(fc.constantFrom(...KINDS), { maxLength: 25, size: 'max' });

test.each([1, 4])(
  'the rate is kept through every kind of answer, with %i request(s) in flight',
  async (concurrency) => {
    const answerMs = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        rate,
        answers,
        answerMs,
        fc.integer({ min: 1, max: 12 }),
        async (most, kinds, delays, batchSize) => {
          let asked = 0;
          const { requests, stats } = await deliver({
            count: 60,
            batchSize,
            concurrency,
            maxEventsPerSecond: most,
            answerMs: () => delays[asked++ % delays.length] ?? 0,
            answer: saying(kinds),
          });
          expect(Math.max(0, ...earlyBy(requests, most))).toBeLessThan(ROUNDING_MS);
          expect(stats).toMatchObject({ lag: 0 });
          expect(stats.delivered + stats.deadLettered).toBe(60);
        },
      ),
      { numRuns: 60 },
    );
  },
);

test.each([1, 4])('a backlog is sent as fast as the rate allows, with %i request(s) in flight', async (concurrency) => {
  const { requests } = await deliver({
    count: 95,
    batchSize: 10,
    concurrency,
    maxEventsPerSecond: 20,
    answer: saying([]),
  });
  const startedAt = requests[0]?.at ?? 0;
  const times = requests.map(({ at, events }) => [at - startedAt, events.length]);
  // Ten events take half a second at this rate. The last batch is not full, and is asked for by the flush.
  expect(times).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((turn) => [turn * 500, turn === 9 ? 5 : 10]));
});

test('no batch waits behind others that came later, with several requests in flight', async () => {
  const { requests } = await deliver({
    count: 200,
    batchSize: 10,
    concurrency: 4,
    maxEventsPerSecond: 20,
    answer: saying([]),
  });
  const order = requests.map(({ events }) => events[0]);
  expect(order).toEqual(order.toSorted((one = 0, other = 0) => one - other));
});

test.each([1, 4])('without a rate nothing waits, with %i request(s) in flight', async (concurrency) => {
  const { requests } = await deliver({ count: 95, batchSize: 10, concurrency, answer: saying([]) });
  expect(requests).toHaveLength(10);
  expect(new Set(requests.map(({ at }) => at)).size).toBe(1);
});
