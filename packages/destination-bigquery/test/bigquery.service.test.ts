import type { NewDeadLetter } from '@grantex/core';
import { expect, test, vi } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { recentEvents } from '../../../tools/services/trial/service-rig.js';
import { QUICK, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { BigQueryDestination } from '../src/index.js';
import { StoredRows } from './emulator.js';
import { eventsOf, idsOf, recordingLogger } from './rig.js';

const MODES = ['insert-all', 'storage-write'] as const;

test.for(MODES)('%s: 2,000 published events are read back, each once, with all columns', async (mode, context) => {
  await using stored = await StoredRows.create(needService('bigquery', context));
  await using rig = await ServiceRig.start({
    destination: new BigQueryDestination({ ...stored.options, ...QUICK, mode, createTable: true }),
  });
  const note = '"quoted" \\ back\\slash\r\n\t\u2028 ä € 𝄞 </script> {"a":[1]}';
  const events = recentEvents(2_000).map((event) => ({ ...event, data: { ...event.data, note } }));
  rig.publish(events);
  await rig.settled(events.length);
  expect(await rig.source.stop()).toEqual({ remaining: [] });

  const rows = await stored.rows('event_id, event_type, created_at, TO_JSON_STRING(data) AS data');
  const found = rows.map(({ event_id, event_type, created_at, data }) => ({
    id: event_id,
    type: event_type,
    createdAt: new Date(Number(created_at) / 1_000).toISOString(),
    data: JSON.parse(data ?? '') as unknown,
  }));
  expect(found.toSorted(byId)).toEqual(events.toSorted(byId));
  expect(rig.stats).toMatchObject({ delivered: 2_000, deadLettered: 0 });
});

function byId(one: { id?: string | undefined }, other: { id?: string | undefined }): number {
  return (one.id ?? '') < (other.id ?? '') ? -1 : 1;
}

test.for(MODES)('%s: the table is made by day and type when asked for, and check() knows it', async (mode, context) => {
  await using stored = await StoredRows.create(needService('bigquery', context));
  await using destination = new BigQueryDestination({ ...stored.options, mode, createTable: true });
  expect(await destination.check()).toMatchObject({ ok: true });
  const result = await destination.sendTest();
  expect(result).toMatchObject({ ok: true });
  expect(await stored.ids()).toEqual([result.eventId]);
  expect(await stored.table()).toMatchObject({
    timePartitioning: { type: 'DAY', field: 'created_at' },
    clustering: { fields: ['event_type'] },
  });
  expect(await destination.check()).toMatchObject({ ok: true, message: expect.stringContaining('the table is there') });
});

// Not with storage-write, which has this against its own server: the emulator stands still for good when a query over REST and
// a call over gRPC meet at a bad moment.
test('insert-all: a missing table holds the delivery; made by somebody, it goes on by itself', async (context) => {
  await using stored = await StoredRows.create(needService('bigquery', context));
  const logger = recordingLogger();
  const letters: NewDeadLetter[] = [];
  await using destination = new BigQueryDestination({
    ...stored.options,
    ...QUICK,
    logger,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  expect(await destination.check()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/tableId.*createTable/),
  });
  const events = eventsOf(50);
  await destination.send(events);
  const flushed = destination.flush();
  await vi.waitFor(() =>
    expect(logger.lines.join('\n')).toMatch(/holding, nothing is lost.*check projectId, datasetId/),
  );
  await using maker = new BigQueryDestination({ ...stored.options, createTable: true });
  await maker.sendTest();
  await flushed;
  expect(await stored.ids()).toEqual(expect.arrayContaining(idsOf(events)));
  expect(letters).toEqual([]);
});
