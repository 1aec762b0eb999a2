import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accepted, refused } from '../../src/delivery/verdict.js';
import { BACKOFF, deliver, type Answer, type Request } from './delivering.js';
import { chance } from './number-arbitraries.js';

/** Services whose answers depend on the moment and not on the event. None of them may cost an event. */

const refusal = fc.record({
  code: fc.constantFrom('DEST_NETWORK' as const, 'DEST_UNAVAILABLE' as const, 'DEST_THROTTLED' as const),
  retryAfterMs: fc.option(fc.oneof(fc.nat(10), fc.nat(5_000)), { nil: undefined }),
});
const refusals = fc.array(refusal, { maxLength: 12, size: 'max' });

type Said = typeof refusal extends fc.Arbitrary<infer Value> ? Value : never;

/** Says these refusals, one a request, and takes everything after that. */
function saying(list: readonly Said[]): (events: readonly number[]) => Answer {
  let asked = 0;
  return (events) => {
    const said = list[asked++];
    if (said === undefined) return { verdict: accepted(200), taken: events };
    const { code, retryAfterMs } = said;
    return { verdict: refused(code, 'later', retryAfterMs === undefined ? {} : { retryAfterMs }), taken: [] };
  };
}

/** When the service may be asked again after its first `count` answers. */
function askedFor(list: readonly Said[], requests: readonly Request[], count: number): number {
  const times = requests.slice(0, count).map(({ at }, index) => at + (list[index]?.retryAfterMs ?? 0));
  return Math.max(0, ...times);
}

test('no request undercuts what any answer before it asked for, and nothing is lost', async () => {
  const answerMs = fc.array(fc.nat(300), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      refusals,
      answerMs,
      fc.integer({ min: 1, max: 4 }),
      chance,
      async (list, delays, concurrency, random) => {
        let asked = 0;
        const { requests, answers, taken } = await deliver({
          count: 12,
          batchSize: 1,
          concurrency,
          random: () => random,
          answerMs: () => delays[asked++ % delays.length] ?? 0,
          answer: saying(list),
        });
        expect(taken.toSorted((one, other) => one - other)).toEqual(
          Array.from({ length: 12 }, (_, index) => index + 1),
        );
        for (const { at } of requests) {
          // Of an answer that comes at the same moment it cannot know.
          const before = answers.filter((answer) => answer.at < at);
          const wishes = before.map(
            (answer) => answer.at + ('retryAfterMs' in answer.verdict ? (answer.verdict.retryAfterMs ?? 0) : 0),
          );
          expect(at).toBeGreaterThanOrEqual(Math.max(0, ...wishes));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the same bytes come again after the share of the doubled bound that chance says, and not before the wish', async () => {
  await fc.assert(
    fc.asyncProperty(refusals, chance, async (list, random) => {
      const { requests } = await deliver({ count: 5, batchSize: 5, random: () => random, answer: saying(list) });
      expect(requests).toHaveLength(list.length + 1);
      for (const [index, { at, events }] of requests.entries()) {
        expect(events).toEqual([1, 2, 3, 4, 5]);
        const before = requests[index - 1]?.at;
        if (before === undefined) continue;
        const bound = Math.min(BACKOFF.initialMs * 2 ** (index - 1), BACKOFF.maxMs);
        const wished = askedFor(list, requests, index);
        expect(at).toBeCloseTo(Math.max(before + random * bound, wished), 2);
      }
    }),
    { numRuns: 40 },
  );
});

test('a service that refuses everything for one while, whenever that begins and ends, costs nothing', async () => {
  const code = fc.constantFrom('DEST_REJECTED' as const, 'DEST_TOO_LARGE' as const, 'DEST_UNAUTHORIZED' as const);
  const plan = fc.record({
    batchSize: fc.integer({ min: 1, max: 20 }),
    // The requests before, and those in it.
    from: fc.nat(5),
    length: fc.nat(60),
    // Events that are still there when it begins. With fewer than ten nothing would follow to judge them by.
    more: fc.integer({ min: 10, max: 60 }),
    concurrency: fc.integer({ min: 1, max: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, code, async ({ batchSize, from, length, more, concurrency }, refusedWith) => {
      const count = from * batchSize + more;
      let asked = 0;
      const { taken, deadLetters, stats } = await deliver({
        count,
        batchSize,
        concurrency,
        answer: (events) => {
          const isRefused = asked >= from && asked < from + length;
          asked++;
          return isRefused
            ? { verdict: refused(refusedWith, 'a setting is wrong'), taken: [] }
            : { verdict: accepted(200), taken: events };
        },
      });
      expect(deadLetters.map(({ eventId }) => eventId)).toEqual([]);
      expect(taken.toSorted((one, other) => one - other)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
      expect(stats).toMatchObject({ delivered: count, deadLettered: 0, lag: 0 });
    }),
    { numRuns: 60 },
  );
});
