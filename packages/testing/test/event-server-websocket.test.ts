import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { EventServer, makeEvent, makeEvents } from '../src/index.js';
import { RawConnection } from './raw-connection.js';

function open(server: EventServer, protocols: string[] = []): { socket: WebSocket; messages: string[] } {
  const headers = { authorization: `Bearer ${server.key}` };
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/events/ws`, protocols, { headers });
  const messages: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => messages.push(isBinary ? 'binary' : data.toString()));
  socket.on('error', () => {});
  return { socket, messages };
}

test('101 carries only upgrade, connection and sec-websocket-accept, and nothing is sent on connect', async () => {
  await using server = await EventServer.start();
  const client = RawConnection.upgrade(server, '/v1/events/ws', {
    'sec-websocket-protocol': 'bearer',
    'sec-websocket-extensions': 'permessage-deflate',
  });
  await client.shows('\r\n\r\n');
  expect(client.text.toLowerCase().trimEnd().split('\r\n').toSorted()).toEqual([
    'connection: upgrade',
    'http/1.1 101 switching protocols',
    'sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=',
    'upgrade: websocket',
  ]);
  expect(server.requests).toMatchObject([{ path: '/v1/events/ws', upgrade: true, authorized: true, status: 101 }]);
});

test('each message is one text frame with one event, of any length', async () => {
  await using server = await EventServer.start();
  const { messages } = open(server);
  await server.subscribed();
  const events = [
    ...makeEvents(3),
    makeEvent('dpdp.consent.withdrawn', { data: { reason: 'x'.repeat(300) } }),
    makeEvent('dpdp.consent.withdrawn', { data: { reason: 'ü'.repeat(40_000) } }),
  ];
  expect(server.publish(events)).toBe(1);
  server.publishRaw('{}');
  await expect.poll(() => messages).toHaveLength(6);
  expect(messages).toEqual([...events.map((event) => JSON.stringify(event)), '{}']);
});

test('an upgrade without a known key, or of another route, is answered in JSON', async () => {
  await using server = await EventServer.start();
  const stranger = RawConnection.upgrade(server, '/v1/events/ws', { authorization: 'Bearer gx_test_0123456789' });
  await stranger.until(({ closed }) => closed);
  expect(stranger.text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n[^]*"code":"UNAUTHORIZED"/);
  const lost = RawConnection.upgrade(server, '/v1/nowhere');
  await lost.until(({ closed }) => closed);
  expect(lost.text).toMatch(/^HTTP\/1\.1 404 [^]*"Route GET:\/v1\/nowhere not found"/);
});

test('pings come at the interval, empty; pongs are not checked; a client ping is answered', async () => {
  await using server = await EventServer.start({ keepaliveMs: 20 });
  const { socket } = open(server);
  const [payload]: unknown[] = await once(socket, 'ping');
  expect(payload).toHaveLength(0);
  socket.ping('are you there');
  const [answer]: unknown[] = await once(socket, 'pong');
  expect(String(answer)).toBe('are you there');
});

test.each<[string, readonly string[], readonly string[]]>([
  ['exact names', ['{"types":["grant.created"]}'], ['grant.created']],
  ['replaces the former', ['{"types":["grant.created"]}', '{"types":["token.issued"]}'], ['token.issued']],
  ['empty list stops everything', ['{"types":[]}'], []],
  ['null is ignored', ['{"types":["token.issued"]}', '{"types":null}'], ['token.issued']],
  ['no JSON is ignored', ['{"types":["token.issued"]}', 'nonsense'], ['token.issued']],
  [
    'other messages are ignored',
    ['{"types":["token.issued"]}', '{"subscribe":"a"}', '7', 'null', '{"types":5}'],
    ['token.issued'],
  ],
  ['a text matches by substring', ['{"types":"a.grant.created,token"}'], ['grant.created', 'grant']],
])('filter: %s', async (_name, sent, expected) => {
  await using server = await EventServer.start();
  const { socket } = open(server);
  await once(socket, 'open');
  for (const message of sent) socket.send(message);
  // The pong comes after the filters have been read.
  socket.ping();
  await once(socket, 'pong');
  const reached = ['grant.created', 'grant', 'token.issued'].filter((type) => server.publish(makeEvent(type)) === 1);
  expect(reached).toEqual(expected);
  expect(server.publishRaw('not json')).toBe(1);
});

test('a filter sent before the subscription stands is lost', async () => {
  await using server = await EventServer.start({ subscribeDelayMs: 50 });
  const { socket } = open(server);
  await once(socket, 'open');
  socket.send('{"types":[]}');
  await server.subscribed();
  expect(server.publish(makeEvent())).toBe(1);
});

test('the sixth is accepted and closed with 1013; SSE is counted apart', async () => {
  await using server = await EventServer.start();
  for (let stream = 0; stream < 5; stream++) RawConnection.stream(server);
  for (let socket = 0; socket < 5; socket++) open(server);
  await server.subscribed(10);
  const { socket } = open(server);
  const [code, reason]: unknown[] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([1013, 'Too many connections']);
  expect([server.connections, server.earlyAborts]).toEqual([10, 0]);
});

test('early aborts count and leak here as well', async () => {
  await using server = await EventServer.start({ leakEarlyAborts: true, maxConnections: 1 });
  const { socket } = open(server);
  await server.subscribed();
  socket.terminate();
  await expect.poll(() => server.earlyAborts).toBe(1);
  const [code]: unknown[] = await once(open(server).socket, 'close');
  expect(code).toBe(1013);
});
