import { randomUUID } from 'node:crypto';
import type { TestEvent } from '@grantex/testing';
import { expect, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { idsOf, recentEvents } from '../../../tools/services/trial/service-rig.js';
import { storedLogs, type StoredLog } from '../../../tools/services/victorialogs.js';
import { DatadogDestination } from '../src/index.js';
import { DatadogRig, eventIdOf, storedIds, UNKNOWN_KEY } from './service-rig.js';

const STATUS: Readonly<Record<string, string>> = { 'grant.revoked': 'warn', 'budget.exhausted': 'error' };

/** The row that an event has to become: the five fields of the guide, its tags as fields, the ids, the text. */
function logOf(event: TestEvent, service: string): StoredLog {
  const { id, type, createdAt, data } = event;
  const ids = {
    'grantex.grant_id': data['grantId'],
    'grantex.agent_id': data['agentId'],
    'grantex.principal_id': data['principalId'],
  };
  return {
    message: JSON.stringify(event),
    time: Date.parse(createdAt),
    fields: {
      ddsource: 'grantex',
      hostname: 'grantex-auth-service',
      service,
      status: STATUS[type] ?? 'info',
      type,
      env: 'test',
      'grantex.event_id': id,
      'grantex.event_type': type,
      ...Object.fromEntries(Object.entries(ids).filter(([, value]) => value !== undefined)),
    },
  };
}

function byId(rows: readonly StoredLog[]): StoredLog[] {
  return rows.toSorted((one, other) => (eventIdOf(one) < eventIdOf(other) ? -1 : 1));
}

test.for(['gzip', 'zstd', 'none'] as const)(
  '2,000 published events are read back, each once, with its text, date and fields (%s)',
  async (compression, context) => {
    const { VICTORIALOGS_DATADOG_URL: endpoint } = needService('victorialogs', context);
    await using rig = await DatadogRig.open(
      (own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint, compression, tags: ['env:test'] }),
    );
    const events = recentEvents(2_000);
    rig.publish(events);
    await rig.settled(events.length);
    expect(await rig.source.stop()).toEqual({ remaining: [] });

    const rows = await rig.stored();
    expect(byId(rows)).toEqual(byId(events.map((event) => logOf(event, rig.service))));
    // The order of time is the order of publication.
    const times = rows.map(({ time }) => time);
    expect(times).toEqual(events.map(({ createdAt }) => Date.parse(createdAt)));
    expect(rig.loud).toEqual([]);
  },
);

test('texts with quotes, line ends and letters of every length come back unchanged', async (context) => {
  const { VICTORIALOGS_DATADOG_URL: endpoint } = needService('victorialogs', context);
  await using rig = await DatadogRig.open((own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint }));
  const note = '"quoted" \\ back\\slash\r\n\t\u0000\u2028 ä € 𝄞 </script> {"a":[1]}';
  const events = recentEvents(3).map((event) => ({ ...event, data: { ...event.data, note } }));
  rig.publish(events);
  await rig.settled(events.length);
  const rows = await rig.stored();
  expect(rows.map(({ message }) => JSON.parse(message) as unknown)).toEqual(events);
  expect(rows.map(({ message }) => message)).toEqual(events.map((event) => JSON.stringify(event)));
});

test('an event of the day before yesterday is stored under the present date, marked, with its own time', async (context) => {
  const { VICTORIALOGS_DATADOG_URL: endpoint } = needService('victorialogs', context);
  await using rig = await DatadogRig.open((own) => new DatadogDestination({ ...own, apiKey: UNKNOWN_KEY, endpoint }));
  const createdAt = new Date(Date.now() - 48 * 3_600_000).toISOString();
  const events = recentEvents(2).map((event, index) => (index === 0 ? { ...event, createdAt } : event));
  rig.publish(events);
  await rig.settled(events.length);
  const rows = await rig.stored();
  const late = rows.filter(({ fields }) => fields['late'] === 'true');
  expect(storedIds(rows).toSorted()).toEqual(idsOf(events).toSorted());
  expect(late).toMatchObject([{ fields: { 'grantex.event_id': events[0]?.id, 'grantex.created_at': createdAt } }]);
  expect(Date.now() - (late[0]?.time ?? 0)).toBeLessThan(60_000);
});

test('check() and sendTest(): the test event is found', async (context) => {
  const { VICTORIALOGS_DATADOG_URL: endpoint } = needService('victorialogs', context);
  const service = `test-${randomUUID()}`;
  await using destination = new DatadogDestination({ apiKey: UNKNOWN_KEY, endpoint, service });
  expect(await destination.check()).toEqual({
    ok: true,
    statusCode: 200,
    message: 'answered, but without saying whether the API key is valid',
  });
  const result = await destination.sendTest();
  expect(result).toMatchObject({ ok: true, statusCode: 202 });
  expect(storedIds(await storedLogs(service))).toEqual([result.eventId]);
});
