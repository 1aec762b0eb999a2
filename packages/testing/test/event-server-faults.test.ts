import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { EventServer, makeEvent, makeEvents } from '../src/index.js';
import { RawConnection } from './raw-connection.js';

function openWebSocket(server: EventServer): WebSocket {
  const headers = { authorization: `Bearer ${server.key}` };
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/events/ws`, { headers });
  socket.on('error', () => {});
  return socket;
}

const event = makeEvent();
const other = makeEvent();

test('cut: what was published arrives, then the socket ends without a final chunk', async () => {
  await using server = await EventServer.start();
  const first = RawConnection.stream(server);
  await server.subscribed(1);
  const second = RawConnection.stream(server);
  await server.subscribed(2);
  server.publish(event);
  expect(server.cut({ count: 1 })).toBe(1);
  await first.until(({ closed }) => closed);
  expect(first.text).toContain(event.id);
  expect(first.text).not.toContain('\r\n0\r\n');
  expect([second.closed, server.connections]).toEqual([false, 1]);
});

test('cut by transport; a WebSocket sees 1006', async () => {
  await using server = await EventServer.start();
  RawConnection.stream(server);
  const socket = openWebSocket(server);
  await server.subscribed(2);
  await once(socket, 'open');
  expect(server.cut({ transport: 'websocket' })).toBe(1);
  const [code]: unknown[] = await once(socket, 'close');
  expect([code, server.connections]).toEqual([1006, 1]);
});

test('end: a final chunk for SSE, the close code for WebSocket', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  const socket = openWebSocket(server);
  await server.subscribed(2);
  server.publish(event);
  expect(server.end({ code: 1012, reason: 'restart' })).toBe(2);
  await client.shows('\r\n0\r\n\r\n');
  const [code, reason]: unknown[] = await once(socket, 'close');
  expect([code, String(reason), server.connections]).toEqual([1012, 'restart', 0]);
  expect(client.text).toContain(event.id);
});

test('a stream that ends before its first frame has its headers all the same when it ends politely, none when cut', async () => {
  await using server = await EventServer.start();
  const polite = RawConnection.stream(server);
  await server.subscribed();
  server.end();
  await polite.shows('HTTP/1.1 200 OK');
  const cut = RawConnection.stream(server);
  await server.subscribed();
  server.cut();
  await cut.until(({ closed }) => closed);
  expect(cut.text).toBe('');
});

test.each([
  ['lost', [false, true]],
  ['queued', [true, true]],
] as const)(
  'stall: sockets stay, nothing is written, events are %s; later streams are not concerned',
  async (events, seen) => {
    await using server = await EventServer.start({ keepaliveMs: 10 });
    const client = RawConnection.stream(server);
    await client.shows('keepalive');
    server.stall({ events });
    const before = client.text.length;
    RawConnection.stream(server);
    await server.subscribed(2);
    expect(server.publish(event)).toBe(events === 'lost' ? 1 : 2);
    await server.drained();
    await sleep(40);
    expect([client.text.length, client.closed]).toEqual([before, false]);
    server.resume();
    server.publish(other);
    await client.shows(other.id);
    expect([client.text.includes(event.id), client.text.includes(other.id)]).toEqual(seen);
  },
);

test('refuseNext: the next connects, of both transports, with the status, headers and body that were asked for', async () => {
  await using server = await EventServer.start();
  const headers = { authorization: `Bearer ${server.key}` };
  server.refuseNext(2, {
    status: 429,
    code: 'RATE_LIMIT_EXCEEDED',
    message: 'Slow down',
    headers: { 'retry-after': '7' },
  });
  const response = await fetch(`${server.url}/v1/events/stream`, { headers });
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7']);
  expect(await response.json()).toMatchObject({ code: 'RATE_LIMIT_EXCEEDED', message: 'Slow down' });
  const [, upgrade]: unknown[] = await once(openWebSocket(server), 'unexpected-response');
  expect(upgrade).toMatchObject({ statusCode: 429 });
  RawConnection.stream(server);
  await server.subscribed();
  server.refuseNext(Infinity, { status: 502, body: '<html>Bad Gateway</html>' });
  const page = await fetch(`${server.url}/v1/events/stream`, { headers });
  expect([page.status, await page.text()]).toEqual([502, '<html>Bad Gateway</html>']);
  server.refuseNext(1, { status: 204 });
  const empty = await fetch(`${server.url}/v1/events/stream`, { headers });
  expect(empty.status).toBe(204);
  server.refuseNext(Infinity, { status: 503 });
  const busy = await fetch(`${server.url}/v1/events/stream`, { headers });
  expect(await busy.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: 'Service Unavailable' });
  server.accept();
  RawConnection.stream(server);
  await server.subscribed(2);
});

test('delayHeaders: no answer and no subscription before the time; a client that leaves meanwhile left early', async () => {
  await using server = await EventServer.start({ lateHeaders: false });
  server.delayHeaders(60);
  const patient = RawConnection.stream(server);
  const hasty = RawConnection.stream(server);
  await expect.poll(() => server.requests.length).toBe(2);
  hasty.socket.destroy();
  expect(server.publish(event)).toBe(0);
  expect(patient.text).toBe('');
  await server.subscribed();
  await patient.shows('HTTP/1.1 200 OK');
  await expect.poll(() => server.earlyAborts).toBe(1);
});

test('what the server drops while it waits for its delayed answer is no early abort', async () => {
  await using server = await EventServer.start();
  server.delayHeaders(20);
  const client = RawConnection.stream(server);
  await expect.poll(() => server.requests.length).toBe(1);
  await server.down();
  await client.until(({ closed }) => closed);
  await sleep(40);
  expect(server.earlyAborts).toBe(0);
});

test('slow: bytes come at the pace, frames torn; drained waits for them', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  await server.subscribed();
  server.slow({ bytesPerSecond: 20_000 });
  const events = makeEvents(10);
  const startedAt = performance.now();
  server.publish(events);
  await client.shows('data: {');
  expect(client.text).not.toContain(events.at(-1)?.id);
  await server.drained();
  expect(performance.now() - startedAt).toBeGreaterThan(50);
  await client.shows(events.at(-1)?.id ?? '');
  server.slow({ bytesPerSecond: Infinity });
  server.publish(event);
  await client.shows(event.id);
});

test('writeRaw: one chunk of anything, to SSE only', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server, '?types=none');
  const socket = openWebSocket(server);
  await server.subscribed(2);
  expect(server.writeRaw(Buffer.from([0xef, 0xbb, 0xbf]))).toBe(1);
  server.writeRaw('data: torn\r');
  server.writeRaw('\n\r\n');
  await client.until(({ text }) => text.endsWith('3\r\n\n\r\n\r\n'));
  expect(client.text).toContain('3\r\n\u00ef\u00bb\u00bf\r\nb\r\ndata: torn\r\r\n');
  server.publishRaw('after');
  const [first]: unknown[] = await once(socket, 'message');
  expect(String(first)).toBe('after');
});

test('garbage: everything is written, and each odd form carries an event of its own', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  const socket = openWebSocket(server);
  const messages: string[] = [];
  socket.on('message', (data: Buffer) => messages.push(data.toString()));
  await server.subscribed(2);
  const { notEvents, events } = server.garbage();
  expect(notEvents).toBeGreaterThan(10);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  await client.shows(events.at(-1)?.id ?? '');
  await expect.poll(() => messages).toHaveLength(notEvents + events.length);
  expect(messages.slice(-events.length)).toEqual(events.map((each) => JSON.stringify(each)));
});

test('a reader that does not read loses events beyond maxQueuedBytes while its stream stays open', async () => {
  await using server = await EventServer.start({ maxQueuedBytes: 100_000 });
  const client = RawConnection.stream(server);
  await server.subscribed();
  client.socket.pause();
  const events = makeEvents(2_000);
  let reached = 1;
  for (let round = 0; round < 50 && reached === 1; round++) {
    for (const each of events) reached = server.publish(each);
    await sleep(1);
  }
  expect([reached, server.connections]).toEqual([0, 1]);
});

test('200,000 events at full speed: whole, in order, with bounded memory when the producer awaits drained', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  let bytes = 0;
  client.socket.removeAllListeners('data');
  client.socket.on('data', (text: string) => (bytes += text.length));
  await server.subscribed();
  const group = makeEvents(1_000);
  const size = group.reduce((sum, each) => sum + JSON.stringify(each).length, 0);
  for (let round = 0; round < 200; round++) {
    server.publish(group);
    await server.drained({ belowBytes: 1_000_000 });
  }
  await expect.poll(() => bytes, { timeout: 10_000 }).toBeGreaterThan(200 * size);
});

test('down and up: refused by the operating system, then back on the same port', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.stream(server);
  await server.subscribed();
  await server.down();
  await client.until(({ closed }) => closed);
  await expect(fetch(server.url)).rejects.toThrow('fetch failed');
  await server.up();
  expect((await fetch(server.url)).status).toBe(404);
});

test('close ends everything, twice if need be', async () => {
  const server = await EventServer.start();
  const client = RawConnection.stream(server);
  const socket = openWebSocket(server);
  await server.subscribed(2);
  await server.close();
  await server.close();
  await client.until(({ closed }) => closed);
  await expect.poll(() => socket.readyState).toBe(WebSocket.CLOSED);
  expect(server.connections).toBe(0);
});
