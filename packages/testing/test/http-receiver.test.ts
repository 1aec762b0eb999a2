import { readFileSync } from 'node:fs';
import { request as secureRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { HttpReceiver, type HttpReceiverOptions } from '../src/index.js';

const idsInLines: NonNullable<HttpReceiverOptions['parse']> = ({ body }) => body.toString().split('\n');

async function post(
  receiver: HttpReceiver,
  body: string | Uint8Array<ArrayBuffer> = 'a',
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${receiver.url}/in?x=1`, { method: 'POST', body, headers });
}

test('records method, path, query, headers, bytes and arrival', async () => {
  await using receiver = await HttpReceiver.start();
  const response = await post(receiver, 'hello', { 'x-one': '1' });
  expect([response.status, await response.text()]).toEqual([200, '']);
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/in', query: 'x=1', size: 5, accepted: true, status: 200 });
  expect(request?.headers['x-one']).toBe('1');
  expect(request?.raw.toString()).toBe('hello');
  expect(request?.digest).toBe('2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
  expect(receiver.counts).toEqual({ requests: 1, accepted: 1, ids: 0, distinctIds: 0, bytes: 5 });
});

test.each([
  ['gzip', gzipSync('packed')],
  ['deflate', deflateSync('packed')],
  ['zstd', zstdCompressSync('packed')],
])('undoes %s', async (encoding, body) => {
  await using receiver = await HttpReceiver.start();
  await post(receiver, new Uint8Array(body), { 'content-encoding': encoding });
  expect(receiver.accepted[0]?.body.toString()).toBe('packed');
  expect(receiver.accepted[0]?.raw).toEqual(Buffer.from(body));
});

test.each([
  ['unknown encoding', 'br', Buffer.from('x'), 415],
  ['broken bytes', 'gzip', Buffer.from('x'), 400],
  ['a bomb', 'gzip', gzipSync(Buffer.alloc(50_000)), 413],
  ['too large on the wire', 'identity', Buffer.alloc(10_001), 413],
])('refuses %s', async (_name, encoding, body, status) => {
  await using receiver = await HttpReceiver.start({ maxBodyBytes: 10_000 });
  const response = await post(receiver, new Uint8Array(body), { 'content-encoding': encoding });
  expect([response.status, receiver.accepted]).toEqual([status, []]);
});

test('queued answers come first, then the standing rule; only a 2xx is stored', async () => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines });
  receiver.answer(({ body }) => ({ status: 202, body: `got ${body.toString()}` }));
  const date = new Date(Date.UTC(2030, 0, 1));
  receiver.next({ status: 429, retryAfter: 7 }, { status: 503, retryAfter: date }, ({ size }) => ({
    status: 400 + size,
  }));
  const statuses: unknown[] = [];
  for (const body of ['a', 'b', 'cc', 'dd']) {
    const response = await post(receiver, body);
    statuses.push([response.status, response.headers.get('retry-after'), await response.text()]);
  }
  expect(statuses).toEqual([
    [429, '7', ''],
    [503, 'Tue, 01 Jan 2030 00:00:00 GMT', ''],
    [402, null, ''],
    [202, null, 'got dd'],
  ]);
  expect(receiver.ids).toEqual(['dd']);
});

async function statusesWithFailures(): Promise<number[]> {
  await using receiver = await HttpReceiver.start();
  receiver.failAtRandom({ rate: 0.5, seed: 4 });
  const statuses: number[] = [];
  for (let turn = 0; turn < 20; turn++) statuses.push((await post(receiver)).status);
  receiver.failAtRandom({ rate: 0 });
  for (let turn = 0; turn < 5; turn++) expect((await post(receiver)).status).toBe(200);
  return statuses;
}

test('failures at random are the same for the same seed, and can be ended', async () => {
  const statuses = await statusesWithFailures();
  expect(new Set(statuses)).toEqual(new Set([200, 500]));
  expect(await statusesWithFailures()).toEqual(statuses);
});

test.each([
  ['reset before: not stored', { reset: 'before' }, 0],
  ['reset after storing', { reset: 'after-store' }, 1],
  ['answer lost after storing', { dropAnswer: true }, 1],
] as const)('%s', async (_name, answer, stored) => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines });
  receiver.next(answer);
  await expect(post(receiver, 'x'.repeat(500_000))).rejects.toThrow('fetch failed');
  expect([receiver.requests.length, receiver.ids.length]).toEqual([1, stored]);
  expect(receiver.requests[0]?.status).toBeUndefined();
  expect((await post(receiver)).status).toBe(200);
});

test.each([
  ['hang', { hang: true }, 0],
  ['hang after storing', { hang: true, dropAnswer: true }, 1],
  ['an answer after the time-out, to a request that was stored', { delayMs: 5_000 }, 1],
  ['a late refusal', { delayMs: 5_000, status: 500 }, 0],
] as const)('%s', async (_name, answer, stored) => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines });
  receiver.next(answer);
  const signal = AbortSignal.timeout(50);
  await expect(fetch(receiver.url, { method: 'POST', body: 'a', signal })).rejects.toThrow('timeout');
  expect(receiver.ids).toHaveLength(stored);
});

test('a broken rule is a 500 that says so', async () => {
  await using receiver = await HttpReceiver.start();
  receiver.answer(() => {
    throw new Error('no idea');
  });
  const response = await post(receiver);
  expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('no idea')]);
});

test('outage: connections are cut and refused, then it is back on the same port with its memory', async () => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines });
  await post(receiver, 'before');
  receiver.next({ hang: true });
  const hanging = Promise.allSettled([post(receiver, 'hanging')]);
  await receiver.waitFor(({ requests }) => requests.length === 2);
  await receiver.down();
  expect(await hanging).toMatchObject([{ status: 'rejected' }]);
  await expect(post(receiver, 'during')).rejects.toThrow('fetch failed');
  await receiver.up();
  await post(receiver, 'after');
  expect(receiver.ids).toEqual(['before', 'after']);
});

test('waitFor: distinct ids or a condition, with the counts in its error', async () => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines });
  const waiting = receiver.waitFor(3);
  await post(receiver, 'a\nb');
  await post(receiver, 'b\na');
  await expect(receiver.waitFor(3, { timeoutMs: 10 })).rejects.toThrow(
    /10 ms for 3 distinct ids.*"ids":4,"distinctIds":2/,
  );
  await post(receiver, 'c');
  await waiting;
  await receiver.waitFor(({ accepted }) => accepted.length === 3);
});

test('without bodies it keeps digests, sizes and ids', async () => {
  await using receiver = await HttpReceiver.start({ parse: idsInLines, keepBodies: false });
  await post(receiver, 'a\nb');
  await post(receiver, 'a\nb');
  const [first, second] = receiver.accepted;
  expect([first?.raw.length, first?.body.length, first?.size, first?.ids]).toEqual([0, 0, 3, ['a', 'b']]);
  expect(first?.digest).toBe(second?.digest);
});

test('a request that its client breaks off is none', async () => {
  await using receiver = await HttpReceiver.start();
  const controller = new AbortController();
  const body = new ReadableStream({
    async start(stream) {
      stream.enqueue(Buffer.from('half'));
      await sleep(20);
      controller.abort();
    },
  });
  const init: RequestInit = { method: 'POST', body, duplex: 'half', signal: controller.signal };
  await expect(fetch(receiver.url, init)).rejects.toThrow('aborted');
  expect(receiver.requests).toEqual([]);
});

/** A self-signed certificate for 127.0.0.1 and its key, for nothing but this test. */
const certificate = readFileSync(new URL('fixtures/loopback.pem', import.meta.url), 'utf8');

test('HTTPS, with resets', async () => {
  await using receiver = await HttpReceiver.start({ tls: { key: certificate, cert: certificate } });
  receiver.next({ reset: 'before' });
  const status = async (): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const sent = secureRequest(receiver.url, { method: 'POST', ca: certificate }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end('a');
    });
  expect(receiver.url).toMatch(/^https:/);
  await expect(status()).rejects.toThrow('socket');
  expect(await status()).toBe(200);
});
