// Above 300 lines: each fate of an event is brought about for real, in one scene.
import { EventRecord } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { makeEvent, type TestEvent } from '@grantex/testing';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { explainEvent } from '../../src/commands/explain/explain-event.js';
import type { Explanation, Fate, SourceExplanation } from '../../src/commands/explain/explanation.js';
import { printExplanation } from '../../src/commands/explain.js';
import { CommandFailure, EXIT } from '../../src/exit-codes.js';
import { journalFile } from '../../src/settings/journal-file.js';
import type { ForwarderStatus } from '../../src/watching/status.js';
import { JournalScene, onlyTypes, type Run } from './journal-scene.js';

function explain(
  scene: JournalScene,
  eventId: string,
  more: { status?: ForwarderStatus; now?: number } = {},
): Explanation {
  const { status, now = Date.now() } = more;
  const sources = scene.settings.sources.map(({ name }) => name);
  return explainEvent(scene.settings, { eventId, sources, status, now });
}

/** Of the only source. */
function inSource(explanation: Explanation): SourceExplanation {
  const [source] = explanation.sources;
  if (source === undefined) throw new Error('there is no source');
  return source;
}

function fate(explanation: Explanation, destination = 'sink'): Fate {
  const found = inSource(explanation).destinations.find((each) => each.destination === destination);
  if (found === undefined) throw new Error(`nothing about ${destination}`);
  return found;
}

const reasons = (explanation: Explanation): readonly string[] => inSource(explanation).reasons.map(({ kind }) => kind);
const idOf = ([event]: readonly TestEvent[]): string => event?.id ?? '';
const idMadeAt = (time: number): string => makeEvent('grant.created', { createdAt: new Date(time).toISOString() }).id;

/** What the running program says, as far as `explain` reads it. */
function statusOf(run: Run, destination = 'sink'): ForwarderStatus {
  const stats = run.events.stats();
  const delivery = stats.destinations[destination];
  if (delivery === undefined) throw new Error(`no destination ${destination}`);
  const { lastError } = delivery;
  return {
    version: '0.0.0',
    pid: 1,
    started_at: new Date().toISOString(),
    state: 'running',
    settings: { file: '', loaded_at: '', reloads: { applied: 0, rejected: 0 }, problem: null },
    sources: {
      production: {
        state: 'heard',
        lost_since: null,
        received: stats.received,
        repeated: 0,
        not_events: 0,
        journal: {
          type: 'disk',
          events: 0,
          bytes: 0,
          waiting_bytes: 0,
          max_bytes: 0,
          head: 0,
          dead_letters: 0,
          writable: true,
          gaps: [],
          gap_count: 0,
          gap_seconds: 0,
        },
        destinations: {
          [destination]: {
            type: 'http',
            state: delivery.state,
            waiting: delivery.lag,
            oldest_waiting_seconds: 0,
            events_per_second: 0,
            delivered: 0,
            dead_lettered: 0,
            filtered: 0,
            overrun: 0,
            requests: 0,
            retries: 0,
            last_error: lastError
              ? {
                  code: lastError.code,
                  message: lastError.message,
                  status_code: lastError.statusCode ?? null,
                  at: new Date(lastError.at).toISOString(),
                }
              : null,
          },
        },
      },
    },
  };
}

test.concurrent('delivered: when it was received, and the request', async () => {
  await using scene = await JournalScene.begin();
  scene.receiver().next({ status: 503 }, { status: 202 });
  const run = await scene.run();
  const before = Date.now();
  const id = idOf(await scene.publish(run));
  await scene.settled(run);
  const explanation = explain(scene, id);
  expect(explanation).toMatchObject({ event_id: id, known: true });
  expect(inSource(explanation)).toMatchObject({ state: 'kept', position: 1, type: 'grant.created', reasons: [] });
  const receivedAt = Date.parse(inSource(explanation).received_at ?? '');
  expect(receivedAt).toBeGreaterThanOrEqual(before);
  expect(receivedAt).toBeLessThanOrEqual(Date.now());
  const { state, requests } = fate(explanation);
  expect([state, requests]).toMatchObject(['delivered', [{ attempts: 2, status_code: 202 }]]);
  expect(Date.parse(requests[0]?.at ?? '')).toBeGreaterThanOrEqual(receivedAt);
});

test.concurrent('waiting: how many stand before it, and what the destination does', async () => {
  await using scene = await JournalScene.begin();
  scene.receiver().answer(() => ({ status: 503 }));
  const run = await scene.run();
  const events = await scene.publish(run, 5);
  await scene.receiver().waitFor((receiver) => receiver.requests.length >= 2);
  const [first, , , fourth] = events;
  expect(fate(explain(scene, first?.id ?? ''))).toMatchObject({ state: 'waiting', events_before: 0, requests: [] });
  const explanation = explain(scene, fourth?.id ?? '', { status: statusOf(run) });
  expect(fate(explanation)).toMatchObject({ state: 'waiting', events_before: 3 });
  expect(fate(explanation).text).toMatch(/behind 3 others.*retrying: DEST_UNAVAILABLE/);
  expect(fate(explain(scene, fourth?.id ?? '')).text).toContain('no forwarder runs');
});

test.concurrent('a dead letter: its number and reason, and how to send it again; then, that it was', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const id = idOf(await scene.giveUp(run));
  const dead = fate(explain(scene, id));
  expect(dead).toMatchObject({ state: 'dead_letter', dead_letter: { number: 1, code: 'DEST_REJECTED' } });
  expect(dead.text).toContain('no such field');
  expect(dead.text).toContain('dead-letters retry 1 --source production');
  expect(dead.requests).toMatchObject([{ status_code: 422 }]);
  scene.receiver().answer(() => ({ status: 200 }));
  expect((await run.events.deadLetters.retry([1])).delivered).toEqual([1]);
  const after = fate(explain(scene, id));
  expect(after).toMatchObject({ state: 'settled', requests: [{ status_code: 422 }] });
  expect(after.text).toContain('sent again or dropped');
});

test.concurrent('filtered out, not for it, off, not begun: each is told from the others', async () => {
  await using scene = await JournalScene.begin({
    destinations: {
      picky: { filter: onlyTypes('grant.revoked') },
      elsewhere: { sources: ['other'] },
      off: { enabled: false },
      later: {},
      all: {},
    },
  });
  const run = await scene.run('production', ['picky', 'all']);
  const id = idOf(await scene.publish(run));
  await run.stop();
  const explanation = explain(scene, id);
  const states = inSource(explanation).destinations.map(({ destination, state }) => [destination, state]);
  expect(Object.fromEntries(states)).toEqual({
    picky: 'filtered',
    elsewhere: 'not_for_it',
    off: 'off',
    later: 'not_begun',
    all: 'delivered',
  });
  expect(fate(explanation, 'off').text).toContain('switched off');
  const again = await scene.run('production', ['picky', 'all', 'later']);
  await again.stop();
  expect(fate(explain(scene, id), 'later')).toMatchObject({ state: 'passed_over' });
});

test.concurrent('what a destination that no settings name has left is told, too', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const id = idOf(await scene.publish(run));
  await scene.settled(run);
  const { settings } = scene;
  const others = { ...settings, destinations: [] };
  const explanation = explainEvent(others, {
    eventId: id,
    sources: ['production'],
    status: undefined,
    now: Date.now(),
  });
  expect(fate(explanation)).toMatchObject({ destination: 'sink', state: 'delivered' });
});

test.concurrent('gone: its id is remembered, and when it was received', async () => {
  await using scene = await JournalScene.begin({ journal: { retainMs: 0 } });
  const first = await scene.run();
  const id = idOf(await scene.publish(first));
  await scene.settled(first);
  await first.stop();
  const second = await scene.run();
  await scene.publish(second);
  await scene.settled(second);
  await second.stop();
  const explanation = explain(scene, id);
  expect(explanation.known).toBe(true);
  expect(inSource(explanation)).toMatchObject({ state: 'gone', position: 1, type: null });
  expect(inSource(explanation).received_at).not.toBeNull();
  expect(reasons(explanation)).toEqual(['removed']);
  expect(['delivered', 'settled']).toContain(fate(explanation).state);
});

test.concurrent('an event that was gone while its dead letter stays is known', async () => {
  await using scene = await JournalScene.begin({ journal: { retainMs: 0 } });
  const first = await scene.run();
  const id = idOf(await scene.giveUp(first));
  await scene.settled(first);
  await first.stop();
  const second = await scene.run();
  await scene.publish(second);
  await scene.settled(second);
  const explanation = explain(scene, id);
  expect(inSource(explanation)).toMatchObject({ state: 'gone', type: 'grant.revoked' });
  expect(fate(explanation)).toMatchObject({ state: 'dead_letter', dead_letter: { number: 1 } });
});

test.concurrent('overrun: the journal was full, and the destination was moved past it', async () => {
  await using scene = await JournalScene.begin({ journal: { maxBytes: 100_000 } });
  await scene.receiver().down();
  const run = await scene.run();
  for (let made = 0; made < 20; made++) await scene.publish(run, 50);
  const [overrun] = run.events.stats().journal.overruns;
  if (overrun === undefined) throw new Error('the journal has to be full');
  await run.stop();
  const last = explain(scene, overrun.lastId);
  expect([last.known, fate(last).state]).toEqual([true, 'overrun']);
  expect(fate(last).text).toContain('journal was full');
  const next = explain(scene, scene.reader().events().next().value?.id ?? '');
  expect(fate(next)).toMatchObject({ state: 'waiting', events_before: 0 });
  // So many came later that its id is forgotten.
  const first = explain(scene, overrun.firstId);
  expect([first.known, reasons(first)]).toEqual([false, ['overrun']]);
});

test.concurrent('never received: in a gap, with its cause', async () => {
  await using scene = await JournalScene.begin();
  const first = await scene.run();
  await scene.publish(first);
  await first.stop();
  const lost = makeEvent();
  scene.server.publish(lost);
  const stopped = explain(scene, idMadeAt(Date.now() + 1_000), { now: Date.now() + 1_000 });
  expect(reasons(stopped)).toEqual(['not_heard']);
  const second = await scene.run();
  await scene.publish(second);
  const explanation = explain(scene, lost.id);
  expect(explanation.known).toBe(false);
  expect(inSource(explanation)).toMatchObject({ state: 'unknown', position: null, destinations: [] });
  expect(reasons(explanation)).toEqual(['gap']);
  expect(inSource(explanation).reasons[0]?.text).toContain('not running');
});

test.concurrent('never received: older than what is remembered, in a time that was heard, in the future, no id at all', async () => {
  await using scene = await JournalScene.begin();
  expect(reasons(explain(scene, idMadeAt(Date.now())))).toEqual(['no_journal']);
  const run = await scene.run();
  await scene.publish(run);
  await scene.settled(run);
  const receivedAt = scene.reader().oldest()?.appendedAt ?? 0;
  const now = receivedAt + 600_000;
  const status = statusOf(run);
  expect(reasons(explain(scene, idMadeAt(receivedAt), { status }))).toEqual(['never_received']);
  expect(reasons(explain(scene, idMadeAt(receivedAt - 3_600_000), { status }))).toEqual(['older_than_memory']);
  expect(reasons(explain(scene, idMadeAt(now + 60_000), { status, now }))).toEqual(['future']);
  for (const id of ['', 'evt_1', 'grnt_01KJMEG800S8N4PA0M8ZC5T3WQ', `${idMadeAt(now)}0`]) {
    expect(reasons(explain(scene, id, { status }))).toEqual(['not_an_event_id']);
  }
});

test.concurrent('in an open batch, and damaged', async () => {
  await using scene = await JournalScene.begin();
  const path = journalFile(scene.settings.journal, 'production');
  const journal = new SqliteJournal({ path });
  await journal.open({ onOverrun: () => {}, onFilling: () => {} });
  const cursor = await journal.openCursor('sink', { onReadable: () => {} });
  const events = Array.from({ length: 4 }, () => makeEvent());
  await journal.append(events.map((event) => new EventRecord(event.id, JSON.stringify(event))));
  const ranges = [
    [1, 1],
    [3, 3],
  ] as const;
  await cursor.commit({ open: { id: 1, ranges, state: 'part-1' } });
  const states = (): readonly string[] => events.map(({ id }) => fate(explain(scene, id)).state);
  expect(states()).toEqual(['in_open_batch', 'waiting', 'in_open_batch', 'waiting']);
  await journal.close();
  const database = new DatabaseSync(path);
  database.exec('UPDATE groups SET crc = crc + 1');
  database.close();
  expect(inSource(explain(scene, events[1]?.id ?? ''))).toMatchObject({ state: 'damaged', position: 2, type: null });
});

test.concurrent('the command: prints it for people or as JSON, and fails when the event is not known', async () => {
  await using scene = await JournalScene.begin();
  const run = await scene.run();
  const id = idOf(await scene.publish(run));
  await scene.settled(run);
  const unreachable = {
    status: () => Promise.reject(new CommandFailure('no forwarder listens', EXIT.unavailable)),
  };
  const people = scene.context();
  await printExplanation(scene.settings, { eventId: `${id}\n` }, unreachable, people);
  expect(people.lines[0]).toBe(id);
  expect(people.lines[1]).toMatch(/^production: received \S+, position 1, grant\.created$/);
  expect(people.lines[2]).toMatch(/^ {2}sink {2}delivered {5}status 200, 1 attempt, \d{4}-/);
  const program = scene.context();
  await printExplanation(scene.settings, { eventId: id, json: true }, unreachable, program);
  expect(JSON.parse(program.out)).toEqual(explain(scene, id));
  const unknown = scene.context();
  const asking = printExplanation(scene.settings, { eventId: 'evt_nothing' }, unreachable, unknown);
  await expect(asking).rejects.toMatchObject({ exitCode: EXIT.failed });
  expect(unknown.out).toContain('not an event id');
});
