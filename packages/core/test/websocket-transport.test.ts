// Above 300 lines: a server that speaks frame by frame, and every way in which a connection begins and ends.
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createNetServer, type AddressInfo, type Server } from 'node:net';
import { ManualClock, makeEvents } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { webSocketTransport } from '../src/stream/websocket-transport.js';
import type { ConnectionEnd, StreamListener } from '../src/stream/transport.js';
import { HearingServer, until } from './stream/hearing-server.js';

const START = Date.UTC(2026, 2, 1, 12);
const MIB = 1_048_576;

const DEAF: StreamListener = {
  onFrame: () => {},
  onOversize: () => {},
  onId: () => {},
  onBytes: () => {},
  onRequested: () => {},
  backpressure: () => undefined,
};

/** Listens to any server, once. */
function listenTo(url: string, signal = new AbortController().signal): Promise<ConnectionEnd> {
  const request = { url: new URL(url), apiKey: 'gx_test_0123456789abcdef', types: undefined, lastEventId: undefined };
  return webSocketTransport({ now: Date.now }).listen({ ...request, signal }, DEAF);
}

/** Starts the server on loopback and stops it at the end of the block. */
async function onLoopback(server: Server): Promise<{ port: number; [Symbol.dispose](): void }> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    [Symbol.dispose]: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

describe('frames', () => {
  test('come in order, whole, each once; the request says no more than it has to', async () => {
    await using subject = await HearingServer.start();
    await subject.subscribe();
    const events = makeEvents(5_000);
    subject.server.publish(events);
    await until(() => subject.ids.length === events.length);
    expect(subject.ids).toEqual(events.map(({ id }) => id));
    const [request] = subject.server.requests;
    expect(request).toMatchObject({ path: '/v1/events/ws', query: '', upgrade: true, authorized: true, status: 101 });
    expect(request?.headers).not.toHaveProperty('sec-websocket-extensions'); // No compression.
  });

  test('garbage costs no neighbour, nor does text that is no UTF-8', async () => {
    await using subject = await HearingServer.start();
    await subject.subscribe();
    const { events } = subject.server.garbage();
    await subject.hear('last');
    for (const { id } of events) expect(subject.ids).toContain(id);
  });

  test('a message longer than 8 MiB is told with its beginning, and the connection stays', async () => {
    await using subject = await HearingServer.start();
    await subject.subscribe();
    await subject.hear('before');
    subject.server.publishRaw('x'.repeat(10_000_000));
    await subject.hear('after');
    expect(subject.oversize.map(({ length }) => length)).toEqual([65_536]);
    expect([subject.frames, subject.server.requests.length]).toEqual([['before', 'after'], 1]);
  });

  test('one beyond all bounds costs the connection, is told, and the stream goes on', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await subject.hear('before');
    await clock.advance(2_000);
    subject.server.publishRaw('x'.repeat(20 * MIB));
    await until(() => subject.server.requests.length === 2);
    await subject.server.subscribed();
    await subject.hear('after');
    expect(subject.oversize).toEqual(['']);
    expect(subject.frames).toEqual(['before', 'after']);
    expect(subject.gaps).toMatchObject([{ cause: expect.stringMatching(/longer than \d+ bytes/) as string }]);
  });

  test('are read no further while the journal has more than it should, which is no silence', async () => {
    const clock = new ManualClock(START);
    const { promise, resolve: release } = Promise.withResolvers<void>();
    let pressure: Promise<void> | undefined;
    const frames: string[] = [];
    await using subject = await HearingServer.start({
      clock,
      intake: { onFrame: (text) => frames.push(text), backpressure: () => pressure },
    });
    await subject.subscribe();
    pressure = promise;
    subject.server.publishRaw('first');
    await until(() => frames.length === 1);
    const long = 'x'.repeat(MIB);
    for (let count = 0; count < 20; count++) subject.server.publishRaw(long);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(frames.length).toBeLessThan(5);
    await clock.advance(80_000);
    expect(subject.server.requests).toHaveLength(1);
    pressure = undefined;
    release();
    await until(() => frames.length === 21);
  });
});

describe('the filter', () => {
  test('is sent when the subscription stands, not before: the server would lose it', async () => {
    const types = ['grant.created'];
    await using subject = await HearingServer.start({ types, server: { subscribeDelayMs: 50 } });
    await subject.subscribe();
    const events = makeEvents(200);
    const wanted = events.filter(({ type }) => type === 'grant.created').map(({ id }) => id);
    subject.server.publish(events.slice(0, 100));
    await until(() => subject.frames.length === 100); // Unfiltered, and then passed over here.
    await until(() => subject.server.publish({ ...events[0], type: 'token.issued' } as never) === 0);
    const { length } = subject.frames;
    subject.server.publish(events.slice(100));
    await until(() => subject.ids.length === wanted.length);
    expect(subject.ids).toEqual(wanted);
    expect(subject.frames.slice(length).every((text) => text.includes('"grant.created"'))).toBe(true);
  });
});

describe('signs of life', () => {
  test('are pings: heard with the first of them, and never silent while they come', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock, server: { keepaliveMs: 10 } });
    await subject.subscribe();
    await until(() => subject.hearing.isHeard);
    for (let step = 0; step < 4; step++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      await clock.advance(70_000);
    }
    expect([subject.server.requests.length, subject.gaps, subject.frames]).toEqual([1, [], []]);
  });

  test('do not come with the opening', async () => {
    await using subject = await HearingServer.start();
    await subject.subscribe();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(subject.hearing.isHeard).toBe(false);
  });

  test('that stay away for 75 s end a half-open stream', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await subject.hear();
    subject.server.stall();
    await clock.advance(75_000);
    await until(() => subject.server.requests.length === 2);
    await subject.hear();
    expect(subject.gaps).toEqual([
      { from: START, to: START + 75_000, cause: expect.stringContaining('75000 ms') as string },
    ]);
  });
});

describe('at the first connect', () => {
  test('a wrong key rejects with the status', async () => {
    await using subject = await HearingServer.start({ apiKey: async () => 'gx_test_wrong_wrong_wrong' });
    await expect(subject.run()).rejects.toMatchObject({
      name: 'StreamError',
      code: 'STREAM_REFUSED',
      message: 'Failed to connect to event stream: 401',
      statusCode: 401,
      cause: { message: 'UNAUTHORIZED: Invalid API key. Check the apiKey' },
    });
    expect([subject.server.requests.length, subject.logger.lines]).toEqual([1, []]);
  });

  test.each([
    { status: 404, body: '' },
    { status: 301, headers: { location: 'http://127.0.0.1:1/' } },
    { status: 200, headers: { 'content-type': 'text/event-stream' }, body: ': hello\n\n' },
    { status: 400, body: '<html><h1>Bad Request</h1></html>' },
  ])('$status rejects, and says where to look', async (refusal) => {
    await using subject = await HearingServer.start();
    subject.server.refuseNext(Infinity, refusal);
    await expect(subject.run()).rejects.toMatchObject({
      message: `Failed to connect to event stream: ${refusal.status}`,
      cause: { message: expect.stringMatching(/url.*WebSockets/) as string },
    });
  });

  test('the key is not told, even where a proxy sends the request back', async () => {
    await using subject = await HearingServer.start();
    const { server } = subject;
    server.refuseNext(1, { status: 401, message: `Invalid API key: ${server.key}` });
    const error = (await subject.run().catch((reason: unknown) => reason)) as Error;
    expect(`${error.message} ${String(error.cause)} ${error.stack ?? ''}`).not.toContain(server.key);
  });

  test.each([
    { name: '503', refusal: { status: 503 }, waits: 250 },
    {
      name: '429 with Retry-After',
      refusal: { status: 429, code: 'RATE_LIMIT_EXCEEDED', headers: { 'retry-after': '17' } },
      waits: 17_500,
    },
  ])('$name is tried again after $waits ms', async ({ refusal, waits }) => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    subject.server.refuseNext(1, refusal);
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + waits);
    await clock.advance(waits);
    await subject.server.subscribed();
    expect(subject.logger.loud[0]).toContain(`answered ${refusal.status}`);
  });
});

describe('the server ends it', () => {
  test('1013, too many connections: the next attempt comes after more than 300 s', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock, server: { maxConnections: 0 } });
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + 320_000);
    expect(subject.logger.loud).toEqual([expect.stringContaining('answered 1013. Too many connections') as string]);
    expect(subject.hearing.isHeard).toBe(false);
  });

  test.each([
    { code: 1001, reason: '', tells: 'code 1001' },
    { code: 1011, reason: 'out of\nmemory', tells: 'code 1011: out of memory' },
    { code: 1008, reason: `<b>${'no '.repeat(38)}</b>`, tells: 'code 1008: no no' },
    { code: 1013, reason: 'restarting', tells: 'code 1013: restarting' },
  ])('$code is told, and it connects again at once', async ({ code, reason, tells }) => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    subject.server.end({ code, reason });
    await until(() => subject.server.requests.length === 2);
    await subject.server.subscribed();
    await subject.hear();
    expect(subject.gaps).toEqual([expect.objectContaining({ cause: expect.stringContaining(tells) as string })]);
  });

  test('a cut is told as one, and a server that is not there is waited for', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    await subject.server.down();
    await until(() => clock.waiting.nextAt === START + 2_500);
    await subject.server.up();
    await clock.advance(500);
    await subject.server.subscribed();
    await subject.hear();
    expect(subject.gaps).toMatchObject([{ cause: 'the connection broke off' }]);
  });
});

describe('stop()', () => {
  test('says goodbye, not before the first second is over', async () => {
    await using subject = await HearingServer.start();
    await subject.subscribe();
    const begin = performance.now();
    await subject.connections.stop();
    await subject.run();
    expect(performance.now() - begin).toBeLessThan(2_000);
    await until(() => subject.server.connections === 0);
    expect(subject.server.earlyAborts).toBe(0);
  });

  test('takes what the server had sent before its own goodbye', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await clock.advance(2_000);
    const events = makeEvents(1_000);
    subject.server.publish(events);
    await subject.connections.stop();
    expect(subject.ids).toHaveLength(events.length);
  });

  test('does not hang on a half-open connection', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    subject.server.stall();
    const begin = performance.now();
    await subject.connections.stop();
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});

describe('while connecting, an abort', () => {
  test('to an address that says nothing ends at once', async () => {
    using silent = await onLoopback(createNetServer());
    const abort = new AbortController();
    const listening = listenTo(`http://127.0.0.1:${silent.port}`, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 50);
    expect(await listening).toEqual({ kind: 'ended', cause: 'enough' });
  });

  test.each([0, 1])('right after the call (%i ms), too', async (ms) => {
    using silent = await onLoopback(createNetServer());
    const abort = new AbortController();
    const listening = listenTo(`http://127.0.0.1:${silent.port}`, abort.signal);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    abort.abort(new Error('enough'));
    expect(await listening).toEqual({ kind: 'ended', cause: 'enough' });
  });

  test('an address where nobody listens is told', async () => {
    let port: number;
    {
      using gone = await onLoopback(createNetServer());
      ({ port } = gone);
    }
    expect(await listenTo(`http://localhost:${port}`)).toMatchObject({
      kind: 'ended',
      cause: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  test('in the middle of a refusal tells the refusal', async () => {
    using slow = await onLoopback(
      createHttpServer((_request, response) => {
        response.writeHead(503, { 'content-length': '100' });
        response.write('half');
      }),
    );
    const abort = new AbortController();
    const listening = listenTo(`http://127.0.0.1:${slow.port}`, abort.signal);
    setTimeout(() => abort.abort(new Error('enough')), 100);
    expect(await listening).toMatchObject({ kind: 'answered', statusCode: 503 });
  });
});

describe('TLS', () => {
  const fixtures = new URL('../../destination-http/test/fixtures/', import.meta.url);
  const pem = (name: string): Buffer => readFileSync(new URL(name, fixtures));

  test('a certificate that is not trusted is told by its name', async () => {
    using server = await onLoopback(createServer({ cert: pem('server.cert.pem'), key: pem('server.key.pem') }));
    const end = await listenTo(`https://127.0.0.1:${server.port}`);
    expect(end).toMatchObject({ kind: 'ended', cause: expect.stringMatching(/certificate.*\([A-Z_]+\)/) as string });
  });

  test('a server without TLS is told as one', async () => {
    using server = await onLoopback(createHttpServer());
    const end = await listenTo(`https://127.0.0.1:${server.port}`);
    expect(end).toMatchObject({ kind: 'ended', cause: expect.stringContaining('does not speak TLS') as string });
  });
});
