import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { accepted, partlyAccepted, refused, type Verdict } from '../../src/delivery/verdict.js';
import { deliver, positionOf, type Delivered, type Plan } from './delivering.js';

/** A batch of a single event that is refused is asked about so often at most: at first, twice, and in the last rounds. */
const ASKED_ALONE = 6;

/** Events, true for poison: so many good ones for so many bad ones. */
function eventsOf(good: number, bad: number): fc.Arbitrary<boolean[]> {
  const event = fc.oneof(
    { weight: good, arbitrary: fc.constant(false) },
    { weight: bad, arbitrary: fc.constant(true) },
  );
  return fc.array(event, { minLength: 1, maxLength: 120, size: 'max' });
}

/** Good events follow for a while, so that every one that was set aside is judged; ten refused in a row are something else. */
function poisonedIn(batchSizes: fc.Arbitrary<number>, batchesBehind: number) {
  return fc
    .record({ events: fc.oneof(eventsOf(9, 1), eventsOf(2, 1), eventsOf(1, 2)), batchSize: batchSizes })
    .filter(({ events }) => !/1{10}/.test(events.map(Number).join('')))
    .map(({ events, batchSize }) => {
      const behind = Array.from({ length: batchesBehind * batchSize }, () => false);
      return { batchSize, events: [...events, ...behind] };
    });
}

/** The only bad event comes last: nothing follows to judge it by, and some rounds have to do. */
const lastIsPoison = fc
  .record({ good: fc.integer({ min: 1, max: 60 }), batchSize: fc.integer({ min: 1, max: 50 }) })
  .map(({ good, batchSize }) => ({
    batchSize,
    events: Array.from({ length: good + 1 }, (_, index) => index === good),
  }));

const poisoned = fc.oneof({ weight: 5, arbitrary: poisonedIn(fc.integer({ min: 1, max: 50 }), 3) }, lastIsPoison);

type Poisoned = typeof poisoned extends fc.Arbitrary<infer Value> ? Value : never;

function poisonIn(events: readonly boolean[]): Set<number> {
  return new Set(events.flatMap((isPoison, index) => (isPoison ? [index + 1] : [])));
}

/** Refuses the whole request when one event in it is poison, as a service does that checks before it stores. */
function allOrNothing(poison: ReadonlySet<number>): Plan['answer'] {
  return (events) =>
    events.some((at) => poison.has(at))
      ? { verdict: refused('DEST_REJECTED', 'an event in it is bad', { statusCode: 400 }), taken: [] }
      : { verdict: accepted(200), taken: events };
}

/** Takes what it can, and says which ones it did not. */
function partly(poison: ReadonlySet<number>): Plan['answer'] {
  return (events) => {
    const bad = refused('DEST_REJECTED', 'it is bad', { statusCode: 400 });
    const refusals = new Map(events.flatMap((at, index) => (poison.has(at) ? [[index, bad] as const] : [])));
    const verdict: Verdict = refusals.size === 0 ? accepted(200) : partlyAccepted(refusals, 207);
    return { verdict, taken: events.filter((at) => !poison.has(at)) };
  };
}

/** What became of the events: positions, and what the delivery says of itself. */
function endsOf({ taken, deadLetters, stats }: Delivered) {
  const { delivered, deadLettered, lag } = stats;
  return {
    dead: deadLetters.map(({ eventId }) => positionOf(eventId)).toSorted((one, other) => one - other),
    taken: taken.toSorted((one, other) => one - other),
    counts: { delivered, deadLettered, lag },
  };
}

/** Poison is dead, the rest is delivered once, and nothing is both. */
function expectedEnds({ events }: Poisoned): ReturnType<typeof endsOf> {
  const dead = [...poisonIn(events)];
  const taken = events.flatMap((isPoison, index) => (isPoison ? [] : [index + 1]));
  return { dead, taken, counts: { delivered: taken.length, deadLettered: dead.length, lag: 0 } };
}

test('exactly the poison becomes dead letters, the others arrive once and in order, for some log2 requests each', async () => {
  await fc.assert(
    fc.asyncProperty(poisoned, async (made) => {
      const { events, batchSize } = made;
      const poison = poisonIn(events);
      const delivered = await deliver({ count: events.length, batchSize, answer: allOrNothing(poison) });
      expect(endsOf(delivered)).toEqual(expectedEnds(made));
      expect(delivered.taken).toEqual(delivered.taken.toSorted((one, other) => one - other));
      const batches = Math.ceil(events.length / batchSize);
      const perPoison = 2 * Math.ceil(Math.log2(batchSize)) + ASKED_ALONE;
      expect(delivered.requests.length).toBeLessThanOrEqual(batches + poison.size * perPoison);
    }),
    { numRuns: 80 },
  );
});

test('a service that names the bad ones is asked once for each batch that it takes a part of', async () => {
  await fc.assert(
    fc.asyncProperty(poisoned, async (made) => {
      const { events, batchSize } = made;
      const delivered = await deliver({ count: events.length, batchSize, answer: partly(poisonIn(events)) });
      expect(endsOf(delivered)).toEqual(expectedEnds(made));
      expect(delivered.taken).toEqual(delivered.taken.toSorted((one, other) => one - other));
      // A batch that is all poison proves nothing: its events are asked about alone.
      let most = 0;
      for (let start = 0; start < events.length; start += batchSize) {
        const batch = events.slice(start, start + batchSize);
        most += 1 + (batch.includes(false) ? 0 : batch.length * ASKED_ALONE);
      }
      expect(delivered.requests.length).toBeLessThanOrEqual(most);
    }),
    { numRuns: 40 },
  );
});
