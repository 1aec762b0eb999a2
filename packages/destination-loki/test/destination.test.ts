import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { expect, test } from 'vitest';
import { LokiDestination } from '../src/index.js';
import {
  deliver,
  destinationFor,
  eventsOf,
  fixture,
  idsOf,
  PASSWORD,
  pushIn,
  receive,
  recordingLogger,
  unzipped,
  USERNAME,
} from './rig.js';

test('a request as the README says', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { tenantId: 'team-a', labels: { env: 'prod' } });
  const events = eventsOf(3);
  await deliver(destination, events);

  expect(receiver.ids).toEqual(idsOf(events));
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/loki/api/v1/push', query: '' });
  expect(request?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`,
    'x-scope-orgid': 'team-a',
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'user-agent': expect.stringMatching(/^grantex-destination-loki\/\d+\.\d+\.\d+/),
  });
  expect(unzipped(request?.raw ?? new Uint8Array())).toBe(request?.body.toString());
  expect(pushIn(request ?? { body: Buffer.of() })).toEqual({
    streams: [
      {
        stream: { env: 'prod', service_name: 'grantex', source: 'grantex' },
        values: events.map((each) => [
          `${Date.parse(each.createdAt)}000000`,
          JSON.stringify(each),
          expect.objectContaining({ event_type: each.type, event_id: each.id }),
        ]),
      },
    ],
  });
});

test("without user name and tenant there are no such headers; compression 'none' sends text", async () => {
  await using receiver = await receive();
  await using destination = new LokiDestination({ url: receiver.url, compression: 'none', logger: recordingLogger() });
  await deliver(destination, eventsOf(1));
  const [request] = receiver.requests;
  for (const name of ['authorization', 'x-scope-orgid', 'content-encoding']) {
    expect(request?.headers).not.toHaveProperty(name);
  }
  expect(request?.raw.toString()).toMatch(/^\{"streams":/);
});

test('every push has one stream, whatever the events are', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { batchSize: 50 });
  const events = eventsOf(500);
  await deliver(destination, events);
  expect(receiver.requests).toHaveLength(10);
  const streams = receiver.requests.flatMap((request) => pushIn(request).streams.map(({ stream }) => stream));
  expect(streams).toEqual(receiver.requests.map(() => ({ service_name: 'grantex', source: 'grantex' })));
  expect(receiver.ids).toEqual(idsOf(events));
});

test('what came late goes before what is newer', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const events = eventsOf(20);
  await deliver(destination, [...events.slice(10), ...events.slice(0, 10)]);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('a request stays below maxBatchBytes, labels included', async () => {
  await using receiver = await receive();
  const labels = { padding: 'x'.repeat(2_000) };
  await using destination = destinationFor(receiver, { maxBatchBytes: 5_000, labels });
  await deliver(destination, eventsOf(100));
  const sizes = receiver.requests.map(({ body }) => body.length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
  expect(sizes.length).toBeLessThan(100);
});

/** What Loki says when it has refused the entry of this time, and stored the others. */
function tooOld(time: number): string {
  const second = new Date(time).toISOString().replace(/\.\d+Z/, 'Z');
  const oldest = new Date(time + 1_000).toISOString().replace(/\.\d+Z/, 'Z');
  return `entry for stream '{service_name="grantex"}' has timestamp too old: ${second}, oldest acceptable timestamp is: ${oldest}`;
}

test('events that are too old are given up and told, and their neighbours do not come again', async () => {
  const [old, ...fresh] = eventsOf(50);
  if (old === undefined) throw new Error('no events');
  const late = { ...old, createdAt: '2026-02-01T00:00:00.500Z' };
  await using receiver = await receive();
  receiver.next({ status: 400, body: tooOld(Date.parse(late.createdAt)), store: true });
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  await deliver(destination, [...fresh, late]);

  expect(receiver.requests).toHaveLength(1);
  expect(letters).toEqual([
    expect.objectContaining({
      eventId: late.id,
      code: 'DEST_REJECTED',
      statusCode: 400,
      reason: expect.stringContaining('reject_old_samples_max_age'),
    }),
  ]);
  expect(logger.lines.filter((line) => line.startsWith('error '))).toEqual([
    expect.stringContaining('reject_old_samples_max_age'),
  ]);
});

test('everything is too old, as after a long outage: nothing is given up, and it goes on when Loki takes it', async () => {
  const events = eventsOf(200);
  let maxAgeIsRaised = false;
  await using receiver = await receive({
    answer: (request) => {
      const times = pushIn(request).streams.flatMap(({ values }) => values.map(([time]) => Number(time) / 1e6));
      if (maxAgeIsRaised) return { status: 204 };
      const errors = times.map((time) => `1 errors like: ${tooOld(time)}`);
      return { status: 400, body: errors.length === 1 ? tooOld(times[0] ?? 0) : errors.join('; ') };
    },
  });
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  await destination.send(events);
  const flushed = destination.flush();
  await receiver.waitFor(({ requests }) => requests.length > 30);
  maxAgeIsRaised = true;
  await flushed;
  expect(letters).toEqual([]);
  expect(new Set(receiver.ids)).toEqual(new Set(idsOf(events)));
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([
    expect.stringContaining('reject_old_samples_max_age'),
  ]);
});

test.each([
  [{ status: 401, body: fixture('unauthorized-401.html') }, 'check username and password'],
  [{ status: 401, body: fixture('no-org-id-401.txt') }, 'set tenantId'],
  [{ status: 404, body: fixture('not-found-404.txt') }, 'check url'],
  [{ status: 260, body: fixture('blocked-260.txt'), store: false }, 'the operator has blocked ingestion'],
  [{ status: 200, store: false }, 'only 204 says that a push was stored'],
  [{ status: 400, body: fixture('label-value-400.txt') }, 'check labels'],
  [{ status: 400, body: fixture('metadata-disallowed-400.txt') }, 'set structuredMetadata to false'],
])('%j holds, says what to mend once, and goes on by itself', async (answer, advice) => {
  await using receiver = await receive();
  receiver.next(answer, answer, answer);
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  const events = eventsOf(150);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(letters).toEqual([]);
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([expect.stringContaining(advice)]);
});

test('a push that is too large for Loki’s servers is halved, though the answer is 500', async () => {
  await using receiver = await receive({
    answer: ({ body }) =>
      body.length > 20_000 ? { status: 500, body: fixture('over-4-mib-500.txt') } : { status: 204 },
  });
  await using destination = destinationFor(receiver);
  const events = eventsOf(200);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(receiver.requests.length).toBeLessThan(20);
});

test('a line that Loki might cut off is not sent, and is told', async () => {
  await using receiver = await receive();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  const [first, ...events] = eventsOf(3);
  if (first === undefined) throw new Error('no events');
  const long = { ...first, data: { note: 'x'.repeat(270_000) } } as unknown as GrantexEvent;
  await deliver(destination, [long, ...events]);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(letters).toMatchObject([{ eventId: long.id, attempts: 0, reason: expect.stringContaining('max_line_size') }]);
});

test('sendTest() delivers one event, and says how it is found', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { labels: { env: 'prod' } });
  const result = await destination.sendTest();
  expect(result).toEqual({
    ok: true,
    statusCode: 204,
    message: 'accepted',
    eventId: expect.stringMatching(/^evt_/),
    query: `{env="prod", service_name="grantex", source="grantex"} | event_id="${result.eventId}"`,
  });
  await using plain = destinationFor(receiver, { structuredMetadata: false });
  const other = await plain.sendTest();
  expect(other.query).toBe(`{service_name="grantex", source="grantex"} |= "${other.eventId}"`);
  expect(pushIn(receiver.requests[1] ?? { body: Buffer.of() }).streams[0]?.values[0]).toHaveLength(2);
});

test('check(): fine, wrong password, wrong path, nobody there', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  receiver.next(
    { status: 422, body: fixture('no-streams-422.txt') },
    { status: 401, body: fixture('unauthorized-401.html') },
    { status: 404, body: fixture('not-found-404.txt') },
  );
  const told = [];
  for (let ask = 0; ask < 3; ask++) told.push(await destination.check());
  expect(told).toMatchObject([
    { ok: true, statusCode: 422 },
    { ok: false, statusCode: 401, message: expect.stringContaining('check username and password') },
    { ok: false, statusCode: 404, message: expect.stringContaining('check url') },
  ]);
  expect(receiver.requests.map(({ body }) => body.toString())).toEqual(Array(3).fill('{"streams":[]}'));
  await receiver.down();
  expect(await destination.check()).toEqual({ ok: false, message: expect.stringContaining('refused the connection') });
});

test('check(): a host that nobody knows, and a certificate that is not trusted', async () => {
  await using unknown = new LokiDestination({ hostname: 'loki.invalid', logger: recordingLogger() });
  expect(await unknown.check()).toEqual({
    ok: false,
    message: 'the host loki.invalid is not known; check the address, and the name service of this machine',
  });
  await using receiver = await receive({
    tls: { key: fixture('self-signed.key.pem'), cert: fixture('self-signed.cert.pem') },
  });
  await using untrusting = destinationFor(receiver);
  expect(await untrusting.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/certificate.*not trusted.*tls\.ca/),
  });
  expect(receiver.requests).toEqual([]);
});

test('neither the password nor what it becomes is in a message, not even when it is echoed', async () => {
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using receiver = await receive({
    answer: ({ headers }) => ({ status: 401, body: `${String(headers.authorization)} ${PASSWORD}` }),
  });
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  const told = JSON.stringify([await destination.sendTest(), await destination.check(), logger.lines, letters]);
  expect(told).toContain('[secret]');
  expect(told).not.toContain(PASSWORD);
  expect(told).not.toContain(Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64'));
});
