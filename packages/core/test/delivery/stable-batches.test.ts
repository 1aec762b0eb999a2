import {
  accepted,
  BatchingDestination,
  DestinationError,
  EventSource,
  MemoryJournal,
  partlyAccepted,
  refused,
  silentLogger,
  type Batch,
  type BatchingOptions,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { EventServer, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOfEvents, QUICK_RETRY, until } from '../rig.js';

interface Attempted {
  readonly state: string | undefined;
  readonly ids: readonly string[];
}

/** Names every batch before the first attempt, as a store of objects does, and answers as told. */
class NamingDestination extends BatchingDestination {
  readonly attempts: Attempted[] = [];
  readonly stored = new Map<string, readonly string[]>();
  readonly #answer: (attempted: Attempted) => Verdict;
  #names = 0;

  constructor(options: BatchingOptions, answer: (attempted: Attempted) => Verdict) {
    super(
      { kind: 'naming', limits: { maxEvents: 100, maxBytes: 1_000_000 }, batchSize: 10, flushIntervalMs: 20 },
      options,
    );
    this.#answer = answer;
  }

  protected override encode(event: GrantexEvent): string {
    return event.id;
  }

  protected override openBatch(batch: Batch<string>, _signal: AbortSignal): string | Promise<string> {
    return `${batch.items[0]?.record} ${batch.size} ${++this.#names}`;
  }

  protected override async sendBatch(batch: Batch<string>): Promise<Verdict> {
    const attempted = { state: batch.state, ids: batch.items.map(({ record }) => record) };
    this.attempts.push(attempted);
    const verdict = this.#answer(attempted);
    if (verdict.outcome === 'accepted') this.stored.set(attempted.state ?? '', attempted.ids);
    return verdict;
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'not asked' };
  }
}

/** Asks its service for the state: is refused at first, and gets no answer the second time. */
class AskingDestination extends NamingDestination {
  #asked = 0;

  protected override async openBatch(_batch: Batch<string>, signal: AbortSignal): Promise<string> {
    this.#asked++;
    if (this.#asked === 1) throw new DestinationError('DEST_UNAVAILABLE', 'no stream yet');
    if (this.#asked === 2) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
    return `stream ${this.#asked}`;
  }
}

const NO_ANSWER = refused('DEST_NETWORK', 'no answer');

test.concurrent('a batch that was opened before a restart goes first, with its members and its state, whatever the options say', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const options = { url: server.url, apiKey: server.key, journal, logger: silentLogger };
  const events = makeEvents(25);

  const before = new NamingDestination({ retry: QUICK_RETRY }, () => NO_ANSWER);
  const first = new EventSource(options).addDestination(before);
  const firstRun = first.start();
  await server.subscribed();
  server.publish(events);
  await until('two attempts', () => before.attempts.length >= 2);
  const { remaining } = await first.stop({ deadlineMs: 200 });
  await firstRun;
  expect(remaining).toMatchObject([{ events: 25 }]);
  const states = new Set(before.attempts.map(({ state }) => state));
  expect([...states]).toEqual([`${events[0]?.id} 10 1`]);

  const after = new NamingDestination({ retry: QUICK_RETRY, batchSize: 3 }, () => accepted());
  const second = new EventSource(options).addDestination(after);
  const secondRun = second.start();
  await until('everything delivered', () => second.stats().destinations['naming']?.lag === 0);
  await second.stop();
  await secondRun;
  expect(after.attempts[0]).toEqual({ state: `${events[0]?.id} 10 1`, ids: idsOfEvents(events).slice(0, 10) });
  expect(after.attempts.flatMap(({ ids }) => ids)).toEqual(idsOfEvents(events));
  expect(after.attempts.slice(1).map(({ ids }) => ids.length)).toEqual([3, 3, 3, 3, 3]);
});

test.concurrent('what is left of a partial answer is sent again, and nothing else', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const letters: string[] = [];
  let answers = 0;
  const destination = new NamingDestination(
    { retry: QUICK_RETRY, onDeadLetter: ({ eventId = '' }) => letters.push(eventId) },
    () => {
      if (++answers > 1) return accepted();
      return partlyAccepted(
        new Map([
          [2, refused('DEST_UNAVAILABLE', 'busy')],
          [5, refused('DEST_REJECTED', 'bad row')],
          [7, NO_ANSWER],
        ]),
      );
    },
  );
  const source = new EventSource({ url: server.url, apiKey: server.key, journal, logger: silentLogger });
  const running = source.addDestination(destination).start();
  await server.subscribed();
  const events = makeEvents(10);
  server.publish(events);
  await until(
    'everything settled',
    () => source.stats().received === 10 && source.stats().destinations['naming']?.lag === 0,
  );
  await source.stop();
  await running;
  const ids = idsOfEvents(events);
  expect(destination.attempts.map((attempt) => attempt.ids)).toEqual([ids, [ids[2], ids[7]]]);
  expect(letters).toEqual([ids[5]]);
});

test.concurrent('partial answers that refuse every event are a wrong setting: nothing is given up, and it goes on when mended', async () => {
  await using server = await EventServer.start();
  let isMended = false;
  const destination = new NamingDestination({ retry: QUICK_RETRY }, ({ ids }) => {
    if (isMended) return accepted();
    return partlyAccepted(new Map(ids.map((_id, index) => [index, refused('DEST_REJECTED', 'no such table')])));
  });
  const source = new EventSource({ url: server.url, apiKey: server.key, logger: silentLogger });
  const running = source.addDestination(destination).start();
  await server.subscribed();
  const events = makeEvents(30);
  server.publish(events);
  await until('the hold', () => source.stats().destinations['naming']?.state === 'holding');
  expect(source.stats().destinations['naming']).toMatchObject({ delivered: 0, deadLettered: 0, lag: 30 });
  isMended = true;
  await until('everything settled', () => source.stats().destinations['naming']?.lag === 0);
  expect([...destination.stored.values()].flat()).toEqual(idsOfEvents(events));
  await source.stop();
  await running;
});

test.concurrent('an answer that throws what it knows is judged like one that returns it', async () => {
  await using server = await EventServer.start();
  const source = new EventSource({ url: server.url, apiKey: server.key, logger: silentLogger });
  const destination = new NamingDestination({ retry: QUICK_RETRY }, () => {
    throw new DestinationError('DEST_UNAUTHORIZED', 'the token has expired', { statusCode: 401 });
  });
  const running = source.addDestination(destination).start();
  await server.subscribed();
  server.publish(makeEvents(3));
  await until('the hold', () => source.stats().destinations['naming']?.state === 'holding');
  expect(source.stats().destinations['naming']?.lastError).toMatchObject({
    code: 'DEST_UNAUTHORIZED',
    message: 'the token has expired',
    statusCode: 401,
  });
  await source.stop();
  await running;
});

test.concurrent('events of a batch from before a restart that is divided are not read a second time', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const options = { url: server.url, apiKey: server.key, journal, logger: silentLogger };
  const events = makeEvents(8);
  const before = new NamingDestination({ retry: QUICK_RETRY }, () => NO_ANSWER);
  const first = new EventSource(options).addDestination(before);
  const firstRun = first.start();
  await server.subscribed();
  server.publish(events.slice(0, 6));
  await until('an attempt', () => before.attempts.length >= 1);
  await first.stop({ deadlineMs: 100 });
  await firstRun;

  const bad = refused('DEST_REJECTED', 'none of them');
  const after = new NamingDestination({ retry: QUICK_RETRY }, ({ ids }) =>
    after.attempts.length === 1 ? partlyAccepted(new Map(ids.map((_id, index) => [index, bad]))) : accepted(),
  );
  await using second = new EventSource(options).addDestination(after);
  void second.start();
  await server.subscribed();
  server.publish(events.slice(6));
  await until('everything', () => [...after.stored.values()].flat().length >= events.length);
  await second.stop();
  expect([...after.stored.values()].flat().toSorted()).toEqual(idsOfEvents(events).toSorted());
  expect(second.stats().destinations['naming']).toMatchObject({ deadLettered: 0, lag: 0 });
});

test.concurrent('the state of a batch may be asked for; until it is there, nothing is sent and nothing is lost', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const destination = new AskingDestination({ retry: QUICK_RETRY, timeoutMs: 100 }, () => accepted());
  await using source = new EventSource({ url: server.url, apiKey: server.key, journal, logger: silentLogger });
  source.addDestination(destination);
  void source.start();
  await server.subscribed();
  const events = makeEvents(3);
  server.publish(events);
  await until('everything', () => source.stats().destinations['naming']?.delivered === events.length);
  expect(destination.attempts).toEqual([{ state: 'stream 3', ids: idsOfEvents(events) }]);
});
