import { EventSource } from '@grantex/core';
import { destinationContract, EventServer, HttpReceiver, httpSubject, type ReceivedRequest } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { idsOf, QUICK, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { SplunkDestination, type SplunkOptions } from '../src/index.js';
import { idsIn } from './hec-receiver.js';
import { Received, type StoredEvent } from './received.js';

const NOBODYS_TOKEN = '00000000-0000-4000-8000-000000000000';

/** The file is written some time after the answer. */
async function readBack(received: Received, count: number): Promise<StoredEvent[]> {
  await until(async () => (await received.events()).length >= count);
  return received.events();
}

test.for([
  { compression: 'gzip' },
  { compression: 'none' },
  { acknowledgement: true, batchSize: 500 },
  { concurrency: 4, acknowledgement: true },
] satisfies Partial<SplunkOptions>[])(
  '2,000 published events are read back, each once, with text, date, fields and metadata (%j)',
  async (own, context) => {
    const {
      SPLUNK_HEC_URL: hecUrl,
      SPLUNK_HEC_TOKEN: hecToken,
      SPLUNK_HEC_RECEIVED,
    } = needService('splunk-hec', context);
    const received = new Received(SPLUNK_HEC_RECEIVED);
    const metadata = { index: 'grantex', source: received.source, host: 'auth-1' };
    const destination = new SplunkDestination({ ...QUICK, hecUrl, hecToken, ...metadata, ...own });
    await using rig = await ServiceRig.start({ destination });
    const events = recentEvents(2_000);
    rig.publish(events);
    await rig.settled(events.length);
    expect(await rig.source.stop()).toEqual({ remaining: [] });

    const stored = await readBack(received, events.length);
    const ids = stored.map(({ id }) => id);
    // Only several requests in flight may pass each other.
    expect(own.concurrency === undefined ? ids : ids.toSorted()).toEqual(
      own.concurrency === undefined ? events.map(({ id }) => id) : idsOf(events),
    );
    const copies = new Map(stored.map((one) => [one.id, one]));
    for (const event of events) {
      const { grantId, agentId, principalId } = event.data;
      const about = { grant_id: grantId, agent_id: agentId, principal_id: principalId };
      expect(copies.get(event.id)).toMatchObject({
        fields: {
          event_id: event.id,
          event_type: event.type,
          ...Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined)),
        },
        metadata: {
          'host.name': 'auth-1',
          'com.splunk.source': received.source,
          'com.splunk.sourcetype': '_json',
          'com.splunk.index': 'grantex',
        },
        event,
      });
      // Its arithmetic is in floating point: what comes back is up to a microsecond less.
      const milliseconds = Number(BigInt(copies.get(event.id)?.time ?? 0) / 1_000n) / 1_000;
      expect(Math.abs(milliseconds - Date.parse(event.createdAt))).toBeLessThan(0.01);
    }
    expect(rig.loud).toEqual([]);
  },
);

test('texts with quotes, line ends and letters of every length come back unchanged', async (context) => {
  const {
    SPLUNK_HEC_URL: hecUrl,
    SPLUNK_HEC_TOKEN: hecToken,
    SPLUNK_HEC_RECEIVED,
  } = needService('splunk-hec', context);
  const received = new Received(SPLUNK_HEC_RECEIVED);
  const destination = new SplunkDestination({ ...QUICK, hecUrl, hecToken, source: received.source });
  await using rig = await ServiceRig.start({ destination });
  const note = '"quoted" \\ back\\slash\r\n\t\u2028 ä € 𝄞 </script> {"a":[1]}}{';
  const events = recentEvents(3).map((event) => ({ ...event, data: { ...event.data, note } }));
  rig.publish(events);
  await rig.settled(events.length);
  const stored = await readBack(received, events.length);
  expect(stored.map(({ event }) => event)).toEqual(events);
});

test.for([false, true])(
  'check() and sendTest(): the test event is found (acknowledgement: %s)',
  async (acknowledgement, context) => {
    const {
      SPLUNK_HEC_URL: hecUrl,
      SPLUNK_HEC_TOKEN: hecToken,
      SPLUNK_HEC_RECEIVED,
    } = needService('splunk-hec', context);
    const received = new Received(SPLUNK_HEC_RECEIVED);
    await using destination = new SplunkDestination({ hecUrl, hecToken, source: received.source, acknowledgement });
    expect(await destination.check()).toMatchObject({ ok: true, statusCode: 400 });
    const result = await destination.sendTest();
    expect(result).toMatchObject({ ok: true, statusCode: 200 });
    const stored = await readBack(received, 1);
    expect(stored.map(({ id }) => id)).toEqual([result.eventId]);
  },
);

test('a wrong token: check() says so, the delivery holds with one warning, and goes on when it is mended', async (context) => {
  const { SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN, SPLUNK_HEC_RECEIVED } = needService('splunk-hec', context);
  const received = new Received(SPLUNK_HEC_RECEIVED);
  // A gateway that puts in the real token, once somebody has given it one.
  let token: string | undefined;
  await using gateway = await HttpReceiver.start({ answer: (request) => forward(request, SPLUNK_HEC_URL, token) });
  const own = { ...QUICK, hecUrl: gateway.url, hecToken: NOBODYS_TOKEN, source: received.source };
  const destination = new SplunkDestination(own);
  expect(await destination.check()).toEqual({
    ok: false,
    statusCode: 401,
    message: expect.stringMatching(/^Splunk replied 401 \(provided authorization does not match .*; .*check hecToken/),
  });
  await using rig = await ServiceRig.start({ destination });
  const events = recentEvents(250);
  rig.publish(events);
  await until(() => rig.stats.requests >= 4 && rig.stats.lag === 250);
  expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0 });
  expect(await received.events()).toEqual([]);

  token = SPLUNK_HEC_TOKEN;
  await rig.settled(events.length);
  expect((await readBack(received, 250)).map(({ id }) => id)).toEqual(events.map(({ id }) => id));
  expect(rig.loud).toEqual([
    expect.stringMatching(/^warn: splunk: holding, nothing is lost\. Splunk replied 401 .*check hecToken/),
  ]);
  expect(rig.lines.join('\n')).not.toContain(NOBODYS_TOKEN);
});

test('the guide’s example, as printed but for the addresses', async (context) => {
  const { SPLUNK_HEC_URL, SPLUNK_HEC_TOKEN, SPLUNK_HEC_RECEIVED } = needService('splunk-hec', context);
  const received = new Received(SPLUNK_HEC_RECEIVED);
  await using server = await EventServer.start();
  const source = new EventSource({
    url: server.url,
    apiKey: server.key,
    types: ['grant.created', 'grant.revoked', 'token.issued'],
  });
  // The events of a run are found by their source, which the guide leaves at its default.
  source.addDestination(
    new SplunkDestination({ hecUrl: SPLUNK_HEC_URL, hecToken: SPLUNK_HEC_TOKEN, source: received.source }),
  );
  const running = source.start();
  await server.subscribed();
  const events = recentEvents(60);
  server.publish(events);
  const wanted = events.filter(({ type }) => ['grant.created', 'grant.revoked', 'token.issued'].includes(type));
  await until(() => {
    const { delivered = 0, filtered = 0 } = source.stats().destinations['splunk'] ?? {};
    return delivered + filtered >= wanted.length;
  });
  await source.stop();
  await running;
  const stored = await readBack(received, wanted.length);
  expect(stored.map(({ id }) => id)).toEqual(wanted.map(({ id }) => id));
});

/** What a gateway before the Collector does with a request: hands it on, with a token of its own. */
async function forward(request: ReceivedRequest, target: string, token?: string) {
  const { authorization, 'content-encoding': encoding, 'x-splunk-request-channel': channel } = request.headers;
  const reply = await fetch(new URL(request.path, target), {
    method: 'POST',
    body: new Uint8Array(request.raw),
    headers: {
      authorization: token === undefined ? String(authorization) : `Splunk ${token}`,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
      ...(typeof channel === 'string' && { 'x-splunk-request-channel': channel }),
    },
  });
  return { status: reply.status, body: await reply.text() };
}

describe.runIf(serviceAddress('splunk-hec') !== undefined)('the contract, with the Collector behind the faults', () => {
  const { SPLUNK_HEC_URL = '', SPLUNK_HEC_TOKEN = '' } = serviceAddress('splunk-hec') ?? {};
  const { leftOut } = destinationContract(
    test,
    async () => {
      const receiver = await HttpReceiver.start({ parse: idsIn });
      return httpSubject({
        receiver,
        secrets: [SPLUNK_HEC_TOKEN],
        idsOf: idsIn,
        isDelivery: (request) => idsIn(request).length > 0,
        healthy: (request) => forward(request, SPLUNK_HEC_URL),
        answers: { unauthorized: (_fault, request) => ({ status: 401, body: String(request.headers.authorization) }) },
        destination: (options) =>
          new SplunkDestination({ hecUrl: receiver.url, hecToken: SPLUNK_HEC_TOKEN, source: 'contract', ...options }),
      });
    },
    // It takes a request as a whole or not at all, and does not say which event it refuses.
    { without: ['partial'] },
  );

  test('left out: partial answers only', () => {
    expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
  });
});
