import { EventSource, MemoryJournal, partlyAccepted, refused, type DeadLetter, type Refusal } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { QUICK_RETRY, Rig, until } from './rig.js';
import { ArrayDestination } from './array-destination.js';
import type { Batch, Verdict } from '../src/index.js';

/** Refuses the events of these ids, one by one, as long as they are listed. */
class Picky extends ArrayDestination {
  readonly bad = new Set<string>();
  readonly taken: string[] = [];
  /** What the whole service answers, if it is out of order. */
  broken: Refusal | undefined;
  /** Events in a request at most. */
  most = Infinity;

  protected override async sendBatch(batch: Batch<string>): Promise<Verdict> {
    if (this.broken !== undefined) return this.broken;
    if (batch.size > this.most) return refused('DEST_TOO_LARGE', 'too many at once', { statusCode: 413 });
    const refusals = new Map<number, Refusal>();
    for (const [index, { event }] of batch.items.entries()) {
      if (this.bad.has(event.id)) refusals.set(index, refused('DEST_REJECTED', 'not this one', { statusCode: 400 }));
      else this.taken.push(event.id);
    }
    return partlyAccepted(refusals);
  }
}

/** Five events, of which the second and the fourth became dead letters. */
async function setUp(): Promise<{ rig: Rig; sink: Picky; ids: string[]; letters: readonly DeadLetter[] }> {
  const rig = await Rig.start();
  const sink = new Picky({ url: 'http://127.0.0.1:1/', retry: QUICK_RETRY });
  rig.source.addDestination(sink);
  await rig.listen();
  const events = makeEvents(5);
  const ids = events.map(({ id }) => id);
  for (const index of [1, 3]) sink.bad.add(ids[index] ?? '');
  await rig.publish(events);
  await until('two dead letters', () => rig.source.deadLetters.size === 2 && sink.taken.length === 3);
  return { rig, sink, ids, letters: await rig.source.deadLetters.list() };
}

const numbersOf = (letters: readonly DeadLetter[]): number[] => letters.map(({ number }) => number);

test.concurrent('a letter that is sent again and accepted is no dead letter any more', async () => {
  const { rig, sink, ids, letters } = await setUp();
  await using _ = rig;
  sink.bad.clear();
  const report = await rig.source.deadLetters.retry(numbersOf(letters));
  expect(report).toEqual({ delivered: numbersOf(letters), refused: [], untried: [] });
  expect(rig.source.deadLetters.size).toBe(0);
  expect(sink.taken.slice(3)).toEqual([ids[1], ids[3]]);
});

test.concurrent('when they cannot go together they go one by one, in their order', async () => {
  const { rig, sink, ids, letters } = await setUp();
  await using _ = rig;
  sink.bad.clear();
  sink.most = 1;
  const report = await rig.source.deadLetters.retry(numbersOf(letters));
  expect(report.delivered).toEqual(numbersOf(letters));
  expect(sink.taken.slice(3)).toEqual([ids[1], ids[3]]);
});

test.concurrent('one that is refused again stays, with its new reason and one attempt more', async () => {
  const { rig, sink, ids, letters } = await setUp();
  await using _ = rig;
  sink.bad.delete(ids[3] ?? '');
  const [first, second] = letters;
  const report = await rig.source.deadLetters.retry(numbersOf(letters));
  expect(report).toMatchObject({ delivered: [second?.number], untried: [] });
  const kept = await rig.source.deadLetters.list({ destination: 'array' });
  expect(kept).toEqual(report.refused);
  expect(kept).toMatchObject([{ number: first?.number, eventId: ids[1], attempts: (first?.attempts ?? 0) + 1 }]);
});

test.concurrent('when the service is out of order they stay as they were, and the report says why', async () => {
  const { rig, sink, letters } = await setUp();
  await using _ = rig;
  sink.broken = refused('DEST_UNAVAILABLE', 'the service sleeps', { statusCode: 503 });
  const report = await rig.source.deadLetters.retry(numbersOf(letters));
  expect(report).toEqual({ delivered: [], refused: [], untried: numbersOf(letters), reason: 'the service sleeps' });
  expect(await rig.source.deadLetters.list()).toEqual(letters);
});

test.concurrent('a number that nobody knows and a frame that is no event are untried, with the reason', async () => {
  const { rig, sink, letters } = await setUp();
  await using _ = rig;
  sink.bad.clear();
  rig.server.publishRaw('not json');
  await until('the frame', () => rig.source.deadLetters.size === 3);
  const [frame] = await rig.source.deadLetters.list({ destination: 'stream' });
  const [first] = letters;
  const report = await rig.source.deadLetters.retry([frame?.number ?? 0, 99, first?.number ?? 0]);
  expect(report).toEqual({
    delivered: [first?.number],
    refused: [],
    untried: [frame?.number, 99],
    reason: 'a frame that is no event cannot be sent',
  });
  expect((await rig.source.deadLetters.retry([99])).reason).toBe('there is no dead letter of this number');
});

test.concurrent('removed ones are gone', async () => {
  const { rig, letters } = await setUp();
  await using _ = rig;
  expect(await rig.source.deadLetters.remove([...numbersOf(letters), 99])).toBe(2);
  expect(await rig.source.deadLetters.list()).toEqual([]);
});

test.concurrent('before start() and after stop() nothing is tried', async () => {
  const journal = new MemoryJournal();
  const source = new EventSource({ url: 'http://127.0.0.1:1', apiKey: 'gx_test_0123456789abcdef', journal });
  source.addDestination(new ArrayDestination({ url: 'http://127.0.0.1:1/' }));
  const cursor = await journal.openCursor('array', { onReadable: () => {} });
  const letter = {
    destination: 'array',
    eventId: 'evt_1',
    text: '{}',
    code: 'DEST_REJECTED',
    reason: 'no',
    attempts: 1,
    firstAt: 1,
    lastAt: 1,
  } as const;
  await cursor.commit({ deadLetters: [letter] });
  expect(await source.deadLetters.retry([1])).toMatchObject({ untried: [1], reason: 'the source is not running' });
  await source.stop();
  expect(await source.deadLetters.retry([1])).toMatchObject({ untried: [1], reason: 'the source is not running' });
});
