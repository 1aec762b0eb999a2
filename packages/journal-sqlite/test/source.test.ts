import { EventSource, type EventDestination, type Gap, type GrantexEvent } from '@grantex/core';
import { EventServer, makeEvents } from '@grantex/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';

/** Keeps what it is given, or is down. */
class Sink implements EventDestination {
  readonly name = 'sink';
  readonly ids: string[];
  isDown = false;

  constructor(ids: string[]) {
    this.ids = ids;
  }

  async send(events: GrantexEvent[]): Promise<void> {
    if (this.isDown) throw new Error('down');
    this.ids.push(...events.map(({ id }) => id));
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

interface Run {
  readonly source: EventSource;
  readonly journal: SqliteJournal;
  readonly running: Promise<void>;
}

function run(server: EventServer, path: string, sink: Sink, options: { takeover?: boolean } = {}): Run {
  const journal = new SqliteJournal({ path });
  const source = new EventSource({ url: server.url, apiKey: server.key, journal, ...options });
  source.addDestination(sink);
  return { source, journal, running: source.start() };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !condition(); await sleep(5)) {
    if (Date.now() > end) throw new Error(`waited 10 s for: ${what}`);
  }
}

const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

test.concurrent('what was not delivered before a stop is delivered after the next start, first and in order', async () => {
  using folder = new JournalFolder();
  await using server = await EventServer.start();
  const events = makeEvents(300);
  const delivered: string[] = [];
  const down = new Sink(delivered);
  down.isDown = true;
  const first = run(server, folder.path, down);
  await server.subscribed();
  server.publish(events.slice(0, 200));
  await until('200 events', () => first.source.stats().received === 200);
  const { remaining } = await first.source.stop({ deadlineMs: 100 });
  expect(remaining).toMatchObject([{ destination: 'sink', events: 200, firstId: events[0]?.id }]);
  const second = run(server, folder.path, new Sink(delivered));
  await server.subscribed();
  server.publish(events.slice(200));
  await until('all of them', () => delivered.length === 300);
  expect(delivered).toEqual(idsOf(events));
  await second.source.stop();
  await Promise.all([first.running, second.running]);
});

test.concurrent('the time between two runs is a gap, which is kept', async () => {
  using folder = new JournalFolder();
  await using server = await EventServer.start();
  const [one, lost, other] = makeEvents(3);
  if (one === undefined || lost === undefined || other === undefined) throw new Error('three events are needed');
  const sink = new Sink([]);
  const first = run(server, folder.path, sink);
  await server.subscribed();
  server.publish(one);
  await until('the first event', () => sink.ids.length === 1);
  await first.source.stop();
  const lostAt = Date.now();
  server.publish(lost);
  const second = run(server, folder.path, sink);
  await server.subscribed();
  server.publish(other);
  await until('the last event', () => sink.ids.length === 2);
  const gaps: readonly Gap[] = second.source.stats().journal.gaps;
  expect(gaps).toMatchObject([{ cause: expect.stringContaining('not running') as string }]);
  expect(gaps[0]?.from).toBeLessThanOrEqual(lostAt);
  expect(gaps[0]?.to).toBeGreaterThanOrEqual(lostAt);
  await second.source.stop();
  const third = new SqliteJournal({ path: folder.path });
  await third.open({ onOverrun: () => {}, onFilling: () => {} });
  expect(third.stats().gaps).toEqual(gaps);
  await third.close();
});

test.concurrent('without takeover a second source says who has the journal; with it nothing is lost or repeated', async () => {
  using folder = new JournalFolder();
  await using server = await EventServer.start();
  const events = makeEvents(400);
  const delivered: string[] = [];
  const first = run(server, folder.path, new Sink(delivered));
  await server.subscribed();
  server.publish(events.slice(0, 100));
  await until('100 events', () => delivered.length === 100);
  await expect(run(server, folder.path, new Sink([])).running).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' });

  const second = run(server, folder.path, new Sink(delivered), { takeover: true });
  await server.subscribed(2);
  expect(second.source.stats()).toMatchObject({ state: 'connecting', journal: { head: 0 } });
  server.publish(events.slice(100, 200));
  await second.source.ready();
  const stopping = first.source.stop();
  server.publish(events.slice(200, 300));
  await stopping;
  server.publish(events.slice(300));
  await until('all of them', () => delivered.length === 400);
  expect(delivered).toEqual(idsOf(events));
  expect(second.source.stats().journal.gaps).toEqual([]);
  await second.source.stop();
  await Promise.all([first.running, second.running]);
});

test.concurrent('a source that is stopped while another one has the journal ends in peace', async () => {
  using folder = new JournalFolder();
  await using server = await EventServer.start();
  const first = run(server, folder.path, new Sink([]));
  await server.subscribed();
  const second = run(server, folder.path, new Sink([]), { takeover: true });
  await server.subscribed(2);
  expect(await second.source.stop()).toEqual({ remaining: [] });
  await second.running;
  await first.source.stop();
  await first.running;
});
