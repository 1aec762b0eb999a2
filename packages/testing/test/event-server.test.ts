import { expect, test } from 'vitest';
import { type ConnectionNews, EventServer, makeEvent, makeEvents } from '../src/index.js';
import { RawConnection } from './raw-connection.js';

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

test('SSE: exactly these headers, late, and each frame in a chunk of its own', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  await server.subscribed();
  const event = makeEvent('grant.revoked', { data: { note: 'ü' } });
  expect(client.text).toBe('');
  expect(server.publish(event)).toBe(1);
  await client.shows('\n\n\r\n');
  const [head = '', body = ''] = client.text.split('\r\n\r\n', 2);
  expect(head.replace(/Date: .*/, 'Date: …').split('\r\n')).toEqual([
    'HTTP/1.1 200 OK',
    'content-type: text/event-stream',
    'cache-control: no-cache',
    'connection: keep-alive',
    'x-accel-buffering: no',
    'Date: …',
    'Transfer-Encoding: chunked',
  ]);
  const frame = `data: ${JSON.stringify(event)}\n\n`;
  expect(Buffer.from(body, 'latin1').toString()).toBe(`${Buffer.byteLength(frame).toString(16)}\r\n${frame}\r\n`);
  server.publish(makeEvents(2));
  await client.until(({ text }) => text.split('data: ').length === 4);
  expect(client.text.match(/[0-9a-f]+\r\ndata: /g)).toHaveLength(3);
});

test('SSE: without late headers they come at once', async () => {
  await using server = await EventServer.start({ lateHeaders: false });
  const client = RawConnection.stream(server);
  await client.shows('\r\n\r\n');
  expect(client.text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
});

test('SSE: the first keepalive brings the headers, and the interval does not shift when events flow', async () => {
  await using server = await EventServer.start({ keepaliveMs: 40 });
  const client = RawConnection.stream(server);
  await client.shows('d\r\n: keepalive\n\n\r\n');
  const busy = setInterval(() => server.publish(makeEvent()), 5);
  await client.until(({ text }) => text.split(': keepalive').length > 3);
  clearInterval(busy);
  expect(client.text).toContain('data: ');
});

test('no id, event or retry field, and no replay', async () => {
  await using server = await EventServer.start();
  const [early, late] = makeEvents(2);
  expect(server.publish(early ?? [])).toBe(0);
  const client = RawConnection.get(server, '/v1/events/stream', { 'last-event-id': early?.id ?? '' });
  await server.subscribed();
  server.publish(late ?? []);
  await client.shows(late?.id ?? '');
  expect(client.text).not.toContain(early?.id);
  expect(client.text).not.toMatch(/\n(id|event|retry):/);
});

test('order of publication, for many events in one burst', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  await server.subscribed();
  const events = makeEvents(5_000);
  server.publish(events.slice(0, 100));
  for (const event of events.slice(100)) server.publish(event);
  await client.shows(events.at(-1)?.id ?? '');
  expect(client.text.match(/evt_[0-9A-Z]{26}/g)).toEqual(events.map(({ id }) => id));
});

test.each([
  ['no header', undefined, 'Missing or invalid Authorization header'],
  ['another scheme', 'Basic gx_test_0123456789', 'Missing or invalid Authorization header'],
  ['a short key', 'Bearer gx_test_0123456', 'Missing or invalid Authorization header'],
  ['a long key', `Bearer ${'k'.repeat(513)}`, 'Missing or invalid Authorization header'],
  ['white space in the key', 'Bearer gx_test_0123 456789', 'Missing or invalid Authorization header'],
  ['an unknown key', 'Bearer gx_test_0123456789', 'Invalid API key'],
])('401: %s', async (_name, authorization, message) => {
  await using server = await EventServer.start();
  for (const path of ['stream', 'ws']) {
    const response = await fetch(`${server.url}/v1/events/${path}`, {
      headers: authorization ? { authorization } : {},
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toContain('application/json');
    const body: unknown = await response.json();
    expect(body).toEqual({ message, code: 'UNAUTHORIZED', requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  }
  expect(server.requests.map(({ authorized, status }) => [authorized, status])).toEqual([
    [false, 401],
    [false, 401],
  ]);
});

test('the scheme is matched in any case, and the record never holds the key', async () => {
  await using server = await EventServer.start();
  RawConnection.get(server, '/v1/events/stream?types=a', { authorization: `bEARER ${server.key}` });
  await server.subscribed();
  expect(server.requests).toMatchObject([
    { method: 'GET', path: '/v1/events/stream', query: 'types=a', authorized: true, upgrade: false, status: 200 },
  ]);
  expect(JSON.stringify(server.requests)).not.toContain(server.key);
});

test('404: unknown routes in the framework form, a plain GET of the WebSocket with an empty body', async () => {
  await using server = await EventServer.start();
  const unknown = await fetch(`${server.url}/v1/events?x=1`, bearer(server.key));
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toEqual({
    message: 'Route GET:/v1/events?x=1 not found',
    error: 'Not Found',
    statusCode: 404,
  });
  const post = await fetch(`${server.url}/v1/events/stream`, { method: 'POST', ...bearer(server.key) });
  expect(post.status).toBe(404);
  const plain = await fetch(`${server.url}/v1/events/ws`, bearer(server.key));
  expect([plain.status, await plain.text()]).toEqual([404, '']);
});

test.each([
  ['exact names', '?types=grant.created,token.issued', ['grant.created', 'token.issued']],
  ['no trimming', '?types=grant.created,%20token.issued', ['grant.created']],
  ['case matters', '?types=Grant.Created,token.issued', ['token.issued']],
  ['no wildcards', '?types=grant.*,vc.issued', []],
  ['no parts of names', '?types=grant.created.more', []],
  ['empty: no filter', '?types=', ['grant.created', 'grant.revoked', 'token.issued']],
  ['without a value: no filter', '?types', ['grant.created', 'grant.revoked', 'token.issued']],
])('filter: %s', async (_name, query, expected) => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server, query);
  await server.subscribed();
  const reached = ['grant.created', 'grant.revoked', 'token.issued'].filter(
    (type) => server.publish(makeEvent(type)) === 1,
  );
  expect(reached).toEqual(expected);
  for (const passing of ['not json', 'null', '7', '{"id":"1"}', '{"type":""}'])
    expect(server.publishRaw(passing)).toBe(1);
  expect(server.publishRaw('{"type":"grant.unknown"}')).toBe(query.endsWith('=') || query.endsWith('s') ? 1 : 0);
  await client.shows('data: not json\n\n');
});

test('filter: a repeated parameter is a 500', async () => {
  await using server = await EventServer.start();
  const response = await fetch(`${server.url}/v1/events/stream?types=a&types=b`, bearer(server.key));
  expect([response.status, await response.json()]).toMatchObject([500, { code: 'INTERNAL_ERROR' }]);
});

test('text is written as it is: a published line feed breaks the frame, U+2028 does not', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  await server.subscribed();
  server.publishRaw('a\nb\u2028c');
  await client.shows('\n\n\r\n');
  expect(Buffer.from(client.text, 'latin1').toString()).toContain('data: a\nb\u2028c\n\n');
});

test('the sixth stream of a key is a 429 without Retry-After; a slot is free when a stream has ended', async () => {
  await using server = await EventServer.start();
  const clients = Array.from({ length: 5 }, () => RawConnection.stream(server));
  await server.subscribed(5);
  const sixth = await fetch(`${server.url}/v1/events/stream`, bearer(server.key));
  expect([sixth.status, sixth.headers.get('retry-after')]).toEqual([429, null]);
  expect(await sixth.json()).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
  server.end({ count: 1 });
  expect(server.connections).toBe(4);
  RawConnection.stream(server);
  await server.subscribed(5);
  expect(clients).toHaveLength(5);
});

test('keys are developers: own channels, own limits', async () => {
  const keys = ['gx_test_first_developer', 'gx_test_second_developer'];
  await using server = await EventServer.start({ keys, maxConnections: 1 });
  const first = RawConnection.stream(server);
  const second = RawConnection.get(server, '/v1/events/stream', { authorization: `Bearer ${keys[1]}` });
  await server.subscribed(2);
  expect(server.publishRaw('for the first')).toBe(1);
  expect(server.publish(makeEvents(3), { key: 'gx_test_second_developer' })).toBe(1);
  await first.shows('for the first');
  await second.shows('evt_');
  expect(second.text).not.toContain('for the first');
  expect(() => server.publish(makeEvent(), { key: 'gx_test_nobody_knows_it' })).toThrow('key:');
});

test('early aborts are counted, and leak their slot when asked to', async () => {
  await using server = await EventServer.start({ leakEarlyAborts: true, maxConnections: 2 });
  for (let abort = 1; abort <= 2; abort++) {
    const client = RawConnection.stream(server);
    await server.subscribed();
    client.socket.destroy();
    await expect.poll(() => server.earlyAborts).toBe(abort);
  }
  expect(server.connections).toBe(0);
  const response = await fetch(`${server.url}/v1/events/stream`, bearer(server.key));
  expect(response.status).toBe(429);
});

test('early aborts: what the server ends is none, and without the quirk the slot is free', async () => {
  await using server = await EventServer.start({ maxConnections: 1 });
  RawConnection.stream(server);
  await server.subscribed();
  server.cut();
  expect(server.earlyAborts).toBe(0);
  const client = RawConnection.stream(server);
  await server.subscribed();
  client.socket.end();
  await expect.poll(() => server.earlyAborts).toBe(1);
  RawConnection.stream(server);
  await server.subscribed();
});

test('subscribed rejects with what came instead', async () => {
  await using server = await EventServer.start();
  await fetch(`${server.url}/v1/events/stream`);
  await expect(server.subscribed(1, { timeoutMs: 20 })).rejects.toThrow(
    'Waited 20 ms for 1 subscribed streams, have 0. Last requests: GET /v1/events/stream 401',
  );
});

test('between opening and subscription events are lost', async () => {
  await using server = await EventServer.start({ subscribeDelayMs: 50 });
  const client = RawConnection.stream(server);
  await expect.poll(() => server.connections).toBe(1);
  expect(server.publishRaw('lost')).toBe(0);
  await server.subscribed();
  expect(server.publishRaw('heard')).toBe(1);
  await client.shows('heard');
  expect(client.text).not.toContain('lost');
});

test('onConnection is told who comes, who goes and who is refused; old requests can be forgotten', async () => {
  const news: ConnectionNews[] = [];
  await using server = await EventServer.start({ onConnection: (what) => news.push(what), maxRequestRecords: 2 });
  RawConnection.stream(server);
  await server.subscribed();
  await RawConnection.get(server, '/v1/events/stream', { authorization: 'Bearer gx_test_0123456789' }).shows('401');
  expect(server.cut()).toBe(1);
  server.refuseNext(1, { status: 503 });
  await RawConnection.stream(server).shows('503');
  expect(news).toEqual([
    { what: 'opened', transport: 'sse' },
    { what: 'refused', status: 401 },
    { what: 'closed', transport: 'sse' },
    { what: 'refused', status: 503 },
  ]);
  expect(server.requests.map(({ status }) => status)).toEqual([401, 503]);
});
