import { randomUUID } from 'node:crypto';
import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { expect, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { QUICK, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { LokiDestination, type LokiOptions } from '../src/index.js';
import { flushLoki, storedEntries, type StoredEntry } from './loki-query.js';
import { asEvents, deliver, eventsOf, idsOf, recordingLogger } from './rig.js';

const DAY_MS = 86_400_000;

/** A stream of its own for each test, with the selector that finds it. */
function ownStream(): { readonly labels: Readonly<Record<string, string>>; readonly query: string } {
  const run = randomUUID();
  return { labels: { run }, query: `{run="${run}"}` };
}

function destinationAt(url: string, options: LokiOptions): LokiDestination {
  return new LokiDestination({ ...QUICK, url, logger: recordingLogger(), ...options });
}

/** What has to become of an event. */
function entryOf(event: GrantexEvent, labels: Readonly<Record<string, string>>): StoredEntry {
  const { id, type, createdAt, data } = event;
  const { grantId, agentId, principalId, developerId } = data as Readonly<Record<string, string | undefined>>;
  const ids = { grant_id: grantId, agent_id: agentId, principal_id: principalId, developer_id: developerId };
  const fields = { ...labels, service_name: 'grantex', source: 'grantex', event_type: type, event_id: id };
  return {
    time: `${Date.parse(createdAt)}000000`,
    line: JSON.stringify(event),
    fields: JSON.parse(JSON.stringify({ ...fields, ...ids })) as Record<string, string>,
  };
}

function byLine(entries: readonly StoredEntry[]): StoredEntry[] {
  return entries.toSorted((one, other) => (one.line < other.line ? -1 : 1));
}

function storedIds(entries: readonly StoredEntry[]): string[] {
  return entries.map(({ line }) => (JSON.parse(line) as { id: string }).id).toSorted();
}

test.for(['gzip', 'none'] as const)(
  '2,000 published events are read back, each once, with its text, time, labels and metadata (%s)',
  async (compression, context) => {
    const { LOKI_URL } = needService('loki', context);
    const { labels, query } = ownStream();
    const destination = destinationAt(LOKI_URL, { labels, compression });
    await using rig = await ServiceRig.start({ destination });
    const events = recentEvents(2_000);
    rig.publish(events);
    await rig.settled(events.length);
    expect(await rig.source.stop()).toEqual({ remaining: [] });

    const stored = await storedEntries(query);
    expect(byLine(stored)).toEqual(byLine(asEvents(events).map((event) => entryOf(event, labels))));
    expect(rig.loud).toEqual([]);
  },
);

test('texts with quotes, line ends and letters of every length come back unchanged', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  await using destination = destinationAt(LOKI_URL, { labels });
  const note = '"quoted" \\ back\\slash\r\n\t\u0000\u2028 ä € 𝄞 </script> {"a":[1]}';
  const events = recentEvents(3).map((event) => ({ ...event, data: { ...event.data, principalId: 'Zoë "Z"', note } }));
  await deliver(destination, asEvents(events));
  const stored = await storedEntries(query);
  const lines = events.map((event) => JSON.stringify(event));
  expect(stored.map(({ line }) => line).toSorted()).toEqual(lines.toSorted());
  expect(stored.map(({ fields }) => fields['principal_id'])).toEqual(events.map(() => 'Zoë "Z"'));
});

test('what is sent again, in other batches, is there once', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const events = asEvents(recentEvents(500));
  for (const batchSize of [200, 70, 500]) {
    await using destination = destinationAt(LOKI_URL, { labels, batchSize });
    await deliver(destination, events);
  }
  expect(storedIds(await storedEntries(query))).toEqual(idsOf(events).toSorted());
});

test('events of one moment are all kept', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const createdAt = new Date().toISOString();
  const events = asEvents(recentEvents(50).map((event) => ({ ...event, createdAt })));
  await using destination = destinationAt(LOKI_URL, { labels });
  await deliver(destination, events);
  expect(storedIds(await storedEntries(query))).toEqual(idsOf(events).toSorted());
});

test('an event of last week is given up and told; what was in the same push is stored, and not sent again', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const letters: NewDeadLetter[] = [];
  const destination = destinationAt(LOKI_URL, { labels, onDeadLetter: (letter) => void letters.push(letter) });
  await using rig = await ServiceRig.start({ destination });
  const old = [9, 8].map((days) => new Date(Date.now() - days * DAY_MS).toISOString());
  const events = recentEvents(20).map((event, at) => ({ ...event, createdAt: old[at] ?? event.createdAt }));
  rig.publish(events);
  await rig.settled(events.length);
  expect(storedIds(await storedEntries(query))).toEqual(idsOf(events.slice(2)).toSorted());
  expect(letters.map(({ eventId }) => eventId)).toEqual(idsOf(events.slice(0, 2)));
  expect(letters[0]?.reason).toContain('reject_old_samples_max_age');
  expect(rig.stats).toMatchObject({ requests: 1, delivered: 18, deadLettered: 2 });
});

test('an event that is hours behind its stream is given up and told; in a stream of its own it is stored', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const letters: NewDeadLetter[] = [];
  const destination = destinationAt(LOKI_URL, { labels, onDeadLetter: (letter) => void letters.push(letter) });
  await using rig = await ServiceRig.start({ destination });
  const events = recentEvents(5);
  const late = eventsOf(30, Date.now() - 2 * 3_600_000);
  rig.publish(events);
  await rig.settled(events.length);
  rig.publish([...(late as never[]), ...recentEvents(6).slice(5)]);
  await rig.settled(events.length + late.length + 1);
  expect(letters.map(({ eventId }) => eventId)).toEqual(idsOf(late));
  expect(letters[0]?.reason).toContain('a stream of its own: labels');
  expect(rig.stats.requests).toBe(2);
  expect(await storedEntries(query)).toHaveLength(6);

  const replay = ownStream();
  await using second = destinationAt(LOKI_URL, { labels: replay.labels });
  await deliver(second, late);
  expect(storedIds(await storedEntries(replay.query, Date.now() - 2 * 3_600_000))).toEqual(idsOf(late).toSorted());
});

test('a week of events goes in when Loki has none newer: oldest first', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const startTime = Date.now() - 6 * DAY_MS;
  const events = eventsOf(60).map((event, hours) => ({
    ...event,
    createdAt: new Date(startTime + hours * 2 * 3_600_000).toISOString(),
  }));
  await using destination = destinationAt(LOKI_URL, { labels });
  // In one batch their order is mended.
  await deliver(destination, events.toReversed());
  await flushLoki();
  const found: string[] = [];
  await until(async () => {
    found.length = 0;
    for (const { createdAt } of events) found.push(...storedIds(await storedEntries(query, Date.parse(createdAt))));
    return found.length >= events.length;
  });
  expect(found).toEqual(idsOf(events));
});

test('the largest request that can be asked for is taken', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const destination = destinationAt(LOKI_URL, { labels, batchSize: 10_000, maxBatchBytes: 4_000_000 });
  await using rig = await ServiceRig.start({ destination });
  const note = 'x'.repeat(2_000);
  const events = recentEvents(1_500).map((event) => ({ ...event, data: { ...event.data, note } }));
  rig.publish(events);
  await rig.settled(events.length);
  expect(rig.loud).toEqual([]);
  expect(await storedEntries(query)).toHaveLength(events.length);
});

test('a line of 256 KiB is stored whole', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels, query } = ownStream();
  const [event] = recentEvents(1).map((each) => ({ ...each, data: { note: '' } }));
  const note = 'ä'.repeat((262_144 - JSON.stringify(event).length) / 2);
  const long = { ...event, data: { note } } as unknown as GrantexEvent;
  await using destination = destinationAt(LOKI_URL, { labels });
  await deliver(destination, [long]);
  expect((await storedEntries(query)).map(({ line }) => line)).toEqual([JSON.stringify(long)]);
});

test('check() and sendTest(): fine, and the test event is found by its query', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  const { labels } = ownStream();
  for (const structuredMetadata of [true, false]) {
    await using destination = destinationAt(LOKI_URL, { labels, structuredMetadata });
    expect(await destination.check()).toMatchObject({ ok: true, statusCode: 422 });
    const result = await destination.sendTest();
    expect(result).toMatchObject({ ok: true, statusCode: 204 });
    expect(storedIds(await storedEntries(result.query ?? ''))).toEqual([result.eventId]);
  }
});

test('check() and delivery: a wrong path, and a service that is not there', async (context) => {
  const { LOKI_URL } = needService('loki', context);
  await using misled = destinationAt(`${LOKI_URL}/prefix`, {});
  const wrongPath = { ok: false, statusCode: 404, message: expect.stringContaining('check url') };
  expect([await misled.check(), await misled.sendTest()]).toMatchObject([wrongPath, wrongPath]);
  await using nobody = destinationAt('http://127.0.0.1:1', {});
  expect(await nobody.check()).toMatchObject({ ok: false, message: expect.stringContaining('refused the connection') });
});
