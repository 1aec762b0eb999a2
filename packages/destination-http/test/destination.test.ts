import { createHmac } from 'node:crypto';
import type { NewDeadLetter } from '@grantex/core';
import { ManualClock } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { HttpDestination } from '../src/index.js';
import { deliver, destinationFor, eventsOf, idsOf, receive, recordingLogger } from './rig.js';

const KEY = Buffer.alloc(24, 1);
const SECRET = `whsec_${KEY.toString('base64')}`;

test('a request as the README says', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, {
    headers: { Authorization: 'Bearer token-123', 'X-Env': 'a b' },
  });
  const events = eventsOf(3);
  await deliver(destination, events);

  expect(receiver.ids).toEqual(idsOf(events));
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/hooks/grantex', query: 'env=test' });
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer token-123',
    'x-env': 'a b',
    'content-type': 'application/json',
    'idempotency-key': expect.stringMatching(/^batch_[0-9a-f]{32}$/),
    'user-agent': expect.stringMatching(/^grantex-destination-http\/\d+\.\d+\.\d+/),
  });
  expect(request?.headers).not.toHaveProperty('content-encoding');
  expect(request?.headers).not.toHaveProperty('webhook-id');
  expect(request?.body.toString()).toBe(JSON.stringify(events));
});

test.each([
  ['array', 'application/json', [100, 100, 50]],
  ['ndjson', 'application/x-ndjson', [100, 100, 50]],
  ['cloudevents-batch', 'application/cloudevents-batch+json; charset=utf-8', [100, 100, 50]],
] as const)('format %s', async (format, contentType, sizes) => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { format });
  const events = eventsOf(250);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(receiver.accepted.map(({ ids }) => ids.length)).toEqual(sizes);
  expect(receiver.accepted[0]?.headers['content-type']).toBe(contentType);
});

test('format event: one event a request, in order, its id in Idempotency-Key', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { format: 'event', method: 'PUT' });
  const events = eventsOf(5);
  await deliver(destination, events);
  expect(receiver.requests.map(({ method, headers }) => [method, headers['idempotency-key']])).toEqual(
    events.map(({ id }) => ['PUT', id]),
  );
  expect(receiver.requests.map(({ body }) => body.toString())).toEqual(events.map((event) => JSON.stringify(event)));
});

test.each(['gzip', 'zstd'] as const)('compression %s', async (compression) => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { compression });
  const events = eventsOf(10);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(receiver.requests[0]?.headers['content-encoding']).toBe(compression);
});

test('a retry has the same bytes and ids; time and signature are those of the attempt', async () => {
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 12));
  await using receiver = await receive();
  const signature = { secret: [SECRET, `whsec_${Buffer.alloc(32, 2).toString('base64')}`] };
  await using destination = destinationFor(receiver, { clock, signature });
  receiver.next({ status: 503, retryAfter: 60 }, { status: 503, retryAfter: 60, store: true });
  const events = eventsOf(20);
  await destination.send(events);
  const flushed = destination.flush();
  for (const requests of [1, 2]) {
    await receiver.waitFor(() => receiver.requests.length === requests);
    await vi.waitFor(() => expect(clock.waiting.count).toBeGreaterThan(0));
    await clock.advance(60_000);
  }
  await flushed;

  expect(receiver.requests).toHaveLength(3);
  const distinct = (name: string): number => new Set(receiver.requests.map(({ headers }) => headers[name])).size;
  expect(new Set(receiver.requests.map(({ digest }) => digest)).size).toBe(1);
  expect([distinct('webhook-id'), distinct('idempotency-key')]).toEqual([1, 1]);
  expect([distinct('webhook-timestamp'), distinct('webhook-signature')]).toEqual([3, 3]);
  for (const { headers, raw } of receiver.requests) {
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.`;
    const expected = createHmac('sha256', KEY).update(signed).update(raw).digest('base64');
    expect(String(headers['webhook-signature']).split(' ')).toEqual([`v1,${expected}`, expect.stringMatching(/^v1,/)]);
  }
});

test('the signature covers the bytes as they are sent', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { compression: 'gzip', signature: { secret: SECRET } });
  await deliver(destination, eventsOf(1));
  const [request] = receiver.requests;
  const signed = `${String(request?.headers['webhook-id'])}.${String(request?.headers['webhook-timestamp'])}.`;
  const expected = createHmac('sha256', KEY)
    .update(signed)
    .update(request?.raw ?? '')
    .digest('base64');
  expect(request?.headers['webhook-signature']).toBe(`v1,${expected}`);
});

test('a redirect is not followed: the delivery holds, says where to, and the key goes nowhere else', async () => {
  await using other = await receive();
  await using receiver = await receive();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, headers: { 'x-api-key': 'a-secret-key' } });
  const location = `${other.url}/take?key=also-a-secret`;
  receiver.next(...[301, 302, 307, 308].map((status) => ({ status, headers: { location } })));
  const events = eventsOf(5);
  await deliver(destination, events);

  expect(other.requests).toEqual([]);
  expect(receiver.ids).toEqual(idsOf(events));
  const warnings = logger.lines.filter((line) => line.startsWith('warn '));
  expect(warnings).toEqual([
    expect.stringContaining(`it redirects to 127.0.0.1:${other.port}; redirects are not followed`),
  ]);
  expect(logger.lines.join('\n')).not.toMatch(/a-secret-key|also-a-secret/);
});

test.each([401, 403, 404, 410, 415, 501])('%d holds, loses nothing, and says so once', async (status) => {
  await using receiver = await receive();
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  receiver.next({ status }, { status }, { status });
  const events = eventsOf(150);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(letters).toEqual([]);
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([
    expect.stringContaining(`replied ${status}`),
  ]);
});

test('410 says that the endpoint is gone', async () => {
  await using receiver = await receive({ answer: () => ({ status: 410 }) });
  await using destination = destinationFor(receiver);
  expect(await destination.sendTest()).toMatchObject({
    ok: false,
    statusCode: 410,
    message: expect.stringContaining('this endpoint is gone for good: check url'),
  });
});

test('413: halved until it fits', async () => {
  await using receiver = await receive({ answer: ({ size }) => ({ status: size > 3_000 ? 413 : 200 }) });
  await using destination = destinationFor(receiver);
  const events = eventsOf(100);
  await deliver(destination, events);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('one bad event costs one event', async () => {
  const events = eventsOf(50);
  const bad = events[31]?.id ?? '';
  await using receiver = await receive({ answer: ({ body }) => ({ status: body.includes(bad) ? 422 : 200 }) });
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  await deliver(destination, events);
  expect(new Set(receiver.ids)).toEqual(new Set(idsOf(events).filter((id) => id !== bad)));
  expect(letters).toMatchObject([
    { eventId: bad, destination: destination.name, code: 'DEST_REJECTED', statusCode: 422 },
  ]);
});

test('429: no request before Retry-After', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  receiver.next({ status: 429, retryAfter: 1 });
  await deliver(destination, eventsOf(1));
  const [first, second] = receiver.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('successCodes: another status is no success', async () => {
  await using receiver = await receive({ answer: () => ({ status: 200 }) });
  await using destination = destinationFor(receiver, { successCodes: [202] });
  expect(await destination.sendTest()).toMatchObject({
    ok: false,
    message: expect.stringContaining('none of successCodes'),
  });
  receiver.answer(() => ({ status: 202 }));
  expect(await destination.sendTest()).toMatchObject({ ok: true, statusCode: 202 });
});

test('sendTest() delivers one event', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const result = await destination.sendTest();
  expect(result).toEqual({ ok: true, statusCode: 200, message: 'accepted', eventId: expect.stringMatching(/^evt_/) });
  expect(receiver.ids).toEqual([result.eventId]);
});

test('check() sends nothing that could be taken for an event', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver, { headers: { authorization: 'Bearer token-123' } });
  expect(await destination.check()).toEqual({
    ok: true,
    statusCode: 200,
    message: `127.0.0.1:${receiver.port} can be reached and answered 200; whether it takes events is not proven by this, but by a test event`,
  });
  expect(receiver.requests).toMatchObject([
    { method: 'HEAD', path: '/hooks/grantex', size: 0, headers: { authorization: 'Bearer token-123' } },
  ]);
  receiver.next({ status: 401 });
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining('check headers') });
  await receiver.down();
  expect(await destination.check()).toEqual({ ok: false, message: expect.stringContaining('refused the connection') });
});

test('secrets are in no message, not even when the receiver echoes them', async () => {
  const secrets = ['token-123456', 'hook-key-0123456789', 'query-key-0123456789', SECRET];
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using receiver = await receive({
    answer: ({ headers, path, query }) => ({
      status: 400,
      body: `${String(headers.authorization)} ${path}?${query} ${SECRET}`,
    }),
  });
  await using destination = new HttpDestination({
    url: `${receiver.url}/hooks/hook-key-0123456789?key=query-key-0123456789`,
    headers: { authorization: 'Bearer token-123456' },
    signature: { secret: SECRET },
    logger,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  const told = JSON.stringify([await destination.sendTest(), await destination.check(), logger.lines, letters]);
  expect(told).toContain('[secret]');
  for (const secret of secrets) expect(told).not.toContain(secret);
});

test('an outage loses nothing and changes no order', async () => {
  await using receiver = await receive();
  await using destination = destinationFor(receiver);
  const events = eventsOf(300);
  await destination.send(events.slice(0, 150));
  await receiver.down();
  await destination.send(events.slice(150));
  await receiver.up();
  receiver.failAtRandom({ rate: 0.3, seed: 1 });
  await destination.flush();
  expect([...new Set(receiver.ids)]).toEqual(idsOf(events));
});
