import type { NewDeadLetter } from '@grantex/core';
import { expect, test, vi } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { recentEvents } from '../../../tools/services/trial/service-rig.js';
import { QUICK, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { BigQueryDestination } from '../src/index.js';
import { freshEmulator, StoredRows } from './emulator.js';
import { deliver, eventsOf, idsOf, recordingLogger } from './rig.js';

const MODES = ['insert-all', 'storage-write'] as const;

/** For tests in which REST and gRPC meet, which the emulator does not always survive. */
const AGAIN = { retry: 2, timeout: 40_000 } as const;

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

test.for(MODES)(
  '%s: a missing table holds the delivery; made by somebody, it goes on by itself',
  AGAIN,
  async (mode, context) => {
    const address = needService('bigquery', context);
    if (mode === 'storage-write') await freshEmulator();
    await using stored = await StoredRows.create(address);
    const logger = recordingLogger();
    const letters: NewDeadLetter[] = [];
    await using destination = new BigQueryDestination({
      ...stored.options,
      ...QUICK,
      mode,
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
  },
);

test('storage-write: a table that is dropped and made again in the middle', AGAIN, async (context) => {
  const address = needService('bigquery', context);
  await freshEmulator();
  await using stored = await StoredRows.create(address);
  const options = { ...stored.options, ...QUICK, createTable: true };
  await using destination = new BigQueryDestination({ ...options, mode: 'storage-write', logger: recordingLogger() });
  const events = eventsOf(20);
  await deliver(destination, events.slice(0, 10));
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events.slice(0, 10)).toSorted());
  await stored.dropTable();
  await deliver(destination, events.slice(10));
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events.slice(10)).toSorted());
});
