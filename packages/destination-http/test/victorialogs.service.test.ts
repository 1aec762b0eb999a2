import { randomUUID } from 'node:crypto';
import { EventSource, silentLogger } from '@grantex/core';
import { EventServer, makeEvents } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { storedLogs } from '../../../tools/services/victorialogs.js';
import { HttpDestination } from '../src/index.js';

test.for(['none', 'gzip'] as const)(
  '2,000 published events are read back from a server that takes NDJSON, each once, with its fields (%s)',
  async (compression, context) => {
    const { VICTORIALOGS_URL } = needService('victorialogs', context);
    const service = `test-${randomUUID()}`;
    const url = new URL('/insert/jsonline', VICTORIALOGS_URL);
    url.search = new URLSearchParams({
      _time_field: 'createdAt',
      _msg_field: 'id',
      _stream_fields: 'service',
      extra_fields: `service=${service}`,
    }).toString();
    await using server = await EventServer.start();
    await using destination = new HttpDestination({
      url: url.href,
      format: 'ndjson',
      compression,
      flushIntervalMs: 100,
    });
    await using source = new EventSource({ url: server.url, apiKey: server.key, logger: silentLogger });
    const running = source.addDestination(destination).start();
    await server.subscribed();
    const events = makeEvents(2_000, { startTime: Date.now() - 120_000 });
    server.publish(events);
    await vi.waitUntil(() => source.stats().destinations['http']?.delivered === events.length, { timeout: 30_000 });
    expect(await source.stop()).toEqual({ remaining: [] });
    await running;

    const rows = await storedLogs(service);
    expect(rows.map(({ message }) => message).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
    const revoked = events.find(({ type }) => type === 'grant.revoked');
    const row = rows.find(({ message }) => message === revoked?.id);
    expect(row?.time).toBe(Date.parse(revoked?.createdAt ?? ''));
    expect(row?.fields).toEqual({
      service,
      type: 'grant.revoked',
      'data.grantId': revoked?.data['grantId'],
      'data.cascade': String(revoked?.data['cascade']),
    });
  },
);
