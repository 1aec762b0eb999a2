import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { silentLogger, systemClock } from '@grantex/core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WatchingServer, type WatchingServerOptions } from '../../src/watching/watching-server.js';
import { busyStatus, forwarderStatus, sourceStatus } from './busy-status.js';
import { recordingLogger } from './recording-logger.js';

async function started(options: Partial<WatchingServerOptions> = {}): Promise<WatchingServer> {
  const server = await WatchingServer.start({
    host: '127.0.0.1',
    port: 0,
    status: forwarderStatus,
    metrics: () => Promise.resolve('grantex_build_info{version="1.2.3"} 1\n'),
    logger: silentLogger,
    // Half a minute after forwarderStatus() was started.
    clock: { now: () => Date.parse('2026-03-01T12:00:30.000Z'), sleep: (ms, signal) => systemClock.sleep(ms, signal) },
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}

/** A port that somebody else has. */
async function takenPort(): Promise<{ readonly port: number; readonly free: () => Promise<void> }> {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const free = async (): Promise<void> => {
    if (!other.listening) return;
    other.close();
    await once(other, 'close');
  };
  onTestFinished(free);
  return { port: (other.address() as AddressInfo).port, free };
}

test('/healthz answers while the process does', async () => {
  const server = await started({ status: () => forwarderStatus({ state: 'stopping' }) });
  const response = await fetch(`${server.address}/healthz`);
  expect([response.status, await response.text()]).toEqual([200, 'ok\n']);
});

test('/readyz: 200 when ready', async () => {
  const response = await fetch(`${(await started()).address}/readyz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    ready: true,
    missing: [],
    sources: { production: { ready: true, missing: [] } },
  });
});

test('/readyz: 503 names for each source what is missing', async () => {
  const journal = { ...sourceStatus().journal, writable: false };
  const status = forwarderStatus({ sources: { production: sourceStatus(), staging: sourceStatus({ journal }) } });
  const response = await fetch(`${(await started({ status: () => status })).address}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    ready: false,
    missing: [],
    sources: {
      production: { ready: true, missing: [] },
      staging: { ready: false, missing: ['the journal does not take events: the disk is full'] },
    },
  });
});

test('/status is the status as JSON, and is not to be stored', async () => {
  const response = await fetch(`${(await started({ status: busyStatus })).address}/status?pretty`);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(await response.json()).toEqual(busyStatus());
});

test('/metrics has the media type of the text format', async () => {
  const response = await fetch(`${(await started()).address}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await response.text()).toBe('grantex_build_info{version="1.2.3"} 1\n');
});

test('/ lists the paths, each of which there is', async () => {
  const { address } = await started();
  const listed = (await (await fetch(`${address}/`)).text()).match(/\/\w+/g) ?? [];
  expect(listed.toSorted()).toEqual(['/healthz', '/metrics', '/readyz', '/status']);
  for (const path of listed) expect((await fetch(address + path)).status).toBe(200);
});

test('HEAD answers like GET, without a body', async () => {
  const { address } = await started();
  const response = await fetch(`${address}/healthz`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '3', '']);
});

test('another path is not found, another method not allowed', async () => {
  const { address } = await started();
  expect((await fetch(`${address}/healthz/x`)).status).toBe(404);
  const response = await fetch(`${address}/status`, { method: 'DELETE' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test.each([
  ['POST', 405],
  ['GET', 413],
])(
  'a body is not read: %s is answered %d, and the connection closed while it is on its way',
  async (method, status) => {
    const { address } = await started();
    const request = httpRequest(`${address}/healthz`, { method, headers: { 'content-length': 1_000_000_000 } });
    request.on('error', () => {}); // It is cut off.
    request.write('x'.repeat(1_000));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect([response.statusCode, response.headers.connection]).toEqual([status, 'close']);
    response.resume();
    await once(request, 'close');
  },
);

test('headers that are too large are refused', async () => {
  const { address } = await started();
  const response = await fetch(`${address}/healthz`, { headers: { 'x-large': 'x'.repeat(9_000) } });
  expect(response.status).toBe(431);
});

test('a fault is logged and not shown, and the next request is answered', async () => {
  const log = recordingLogger();
  const fault = new Error('the disk at /secret/path is broken');
  const { address } = await started({ metrics: () => Promise.reject(fault), logger: log });
  const response = await fetch(`${address}/metrics`);
  expect([response.status, await response.text()]).toEqual([500, 'a fault of the program: see its log\n']);
  expect(log.lines).toEqual(['error a request was not answered: Error: the disk at /secret/path is broken']);
  expect((await fetch(`${address}/healthz`)).status).toBe(200);
});

test('close() ends connections that ask for nothing, and the port is free', async () => {
  const server = await started();
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await server.close();
  await closed;
  await expect(fetch(`${server.address}/healthz`)).rejects.toThrow('fetch failed');
});

test('an IPv6 address stands in brackets in the URL', async () => {
  const server = await started({ host: '::1' });
  expect(server.address).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${server.address}/healthz`)).status).toBe(200);
});

test('a port that is taken: the message says which, and what to set', async () => {
  const { port } = await takenPort();
  await expect(started({ port })).rejects.toMatchObject({
    name: 'CommandFailure',
    exitCode: 69,
    message:
      `port ${port} on 127.0.0.1 is taken by another program: set server.port to another one in the file of settings, or ` +
      '"server: { http: false }" for none. To replace a grantex-forwarder that runs, add --takeover',
  });
});

test('an address of another machine is a wrong setting', async () => {
  await expect(started({ host: '192.0.2.1' })).rejects.toMatchObject({
    exitCode: 78,
    message: '192.0.2.1 is no address of this machine: set server.host to 127.0.0.1, or to 0.0.0.0 for all of them',
  });
});

test('a takeover: it listens as soon as the port is free, and says so once', async () => {
  const { port, free } = await takenPort();
  const log = recordingLogger();
  let tries = 0;
  const sleep = async (_ms: number, signal?: AbortSignal): Promise<void> => {
    tries++;
    await systemClock.sleep(5, signal);
  };
  const server = await started({ port, waitForPort: true, logger: log, clock: { now: () => Date.now(), sleep } });
  await vi.waitFor(() => expect(tries).toBeGreaterThan(3));
  expect(log.lines).toEqual(['info another process has the port: waiting until it is free']);
  await free();
  await vi.waitFor(async () => expect((await fetch(`${server.address}/healthz`)).status).toBe(200));
  expect(server.address).toBe(`http://127.0.0.1:${port}`);
  expect(log.lines.slice(1)).toEqual(['info the port is free: listening']);
});

test('a takeover that is stopped before the port was free', async () => {
  const { port, free } = await takenPort();
  const server = await started({ port, waitForPort: true });
  await server.close();
  await free();
  // The port is free for others, since nobody tries for it any more.
  const next = createServer().listen(port, '127.0.0.1');
  await once(next, 'listening');
  expect(next.listening).toBe(true);
  next.close();
});
