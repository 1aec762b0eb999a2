import { getEventListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { codeForStatus, compress, compressionHeaders, createHttpAgent, exchange, type Reply } from '@grantex/core';
import { Agent, buildConnector } from 'undici';
import { afterEach, describe, expect, test } from 'vitest';

const agent = createHttpAgent(2);
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves on loopback; resolves to the address. */
async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in`);
}

async function post(
  url: URL,
  options: { body?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Reply> {
  return exchange({ url, signal: AbortSignal.timeout(2_000), dispatcher: agent, ...options });
}

describe('one exchange', () => {
  test('sends the body and the headers as they are, and gives the answer', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        seen.push(request.method, request.url, request.headers['x-key'], body);
        response.writeHead(207, { 'X-Answer': 'yes' }).end('{"ok":1}');
      });
    });
    const reply = await post(url, { body: '[1]', headers: { 'x-key': 'k' } });
    expect(seen).toEqual(['POST', '/in', 'k', '[1]']);
    expect(reply).toMatchObject({ status: 207, headers: { 'x-answer': 'yes' }, text: '{"ok":1}' });
  });

  test.each([400, 401, 404, 429, 500, 503])('%i is an answer, not an exception', async (status) => {
    const url = await serve((_request, response) => response.writeHead(status).end('no'));
    expect(await post(url)).toMatchObject({ status, text: 'no' });
  });

  test.each([301, 302, 303, 307, 308])(
    'a redirect (%i) is not followed, so that a key stays where it was sent',
    async (status) => {
      let requests = 0;
      const url = await serve((_request, response) => {
        requests++;
        response.writeHead(status, { location: '/elsewhere' }).end();
      });
      expect((await post(url, { headers: { authorization: 'secret' } })).status).toBe(status);
      expect(requests).toBe(1);
    },
  );

  test('an interim answer is not the answer', async () => {
    const url = await serve((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeProcessing();
      response.writeHead(200, { 'x-answer': 'last' }).end('ok');
    });
    const reply = await post(url);
    expect(reply).toMatchObject({ status: 200, headers: { 'x-answer': 'last' }, text: 'ok' });
    expect(reply.headers).not.toHaveProperty('link');
  });

  test('an answer of several pieces is put together', async () => {
    const url = await serve((_request, response) => {
      response.write(Buffer.from([0xc3]));
      setTimeout(() => response.end(Buffer.from([0xbc])), 20);
    });
    expect((await post(url)).text).toBe('ü');
  });

  test('of a long answer the first 64 KiB are kept', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(200_000)));
    expect((await post(url)).text).toBe('x'.repeat(65_536));
  });

  test('an answer without end does not hang and is not gathered', async () => {
    const url = await serve((_request, response) => {
      const chunk = Buffer.alloc(65_536, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    expect((await post(url)).text).toHaveLength(65_536);
  });

  test('a character that the limit cuts in two does no harm', async () => {
    const url = await serve((_request, response) => response.end('ü'.repeat(40_000)));
    expect((await post(url)).text.slice(0, 32_767)).toBe('ü'.repeat(32_767));
  });

  test('rejects when no answer comes: the connection is refused, or cut', async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(post(url)).rejects.toMatchObject({ code: 'DEST_NETWORK' });
    await expect(post(new URL('http://127.0.0.1:1/'))).rejects.toMatchObject({ code: 'DEST_NETWORK' });
  });

  test('rejects when it is aborted, before and within the answer', async () => {
    const url = await serve((_request, response) => response.write('half'));
    const controller = new AbortController();
    const reply = post(url, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stopped')), 50);
    await expect(reply).rejects.toThrow('stopped');
    await expect(post(url, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  test('rejects when it is aborted while the connection is being made, and sends nothing after that', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests++;
      response.end();
    });
    const connect = buildConnector({});
    const { promise: mayConnect, resolve: goOn } = Promise.withResolvers<void>();
    const slow = new Agent({
      connect: (options, callback) => void mayConnect.then(() => connect(options, callback)),
    });
    const controller = new AbortController();
    const reply = exchange({ url, signal: controller.signal, dispatcher: slow });
    reply.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort(new Error('stopped'));
    await expect(reply).rejects.toThrow('stopped');
    goOn();
    await slow.close();
    expect(requests).toBe(0);
  });

  test('leaves nothing at a signal that lives on', async () => {
    const url = await serve((_request, response) => response.end());
    const { signal } = new AbortController();
    await post(url, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('compression', () => {
  const text = JSON.stringify(Array.from({ length: 200 }, (_, id) => ({ id, reason: 'Zoë 日本' })));

  test('gzip and zstd give the text back, and are smaller', async () => {
    const [gzip, zstd] = [await compress(text, 'gzip'), await compress(text, 'zstd')];
    expect(gunzipSync(gzip).toString()).toBe(text);
    expect(zstdDecompressSync(zstd as Uint8Array).toString()).toBe(text);
    expect([gzip.length < text.length / 2, zstd.length < text.length / 2]).toEqual([true, true]);
  });

  test.each(['gzip', 'zstd'] as const)(
    '%s makes the same bytes of the same text, now and later',
    async (compression) => {
      const first = await compress(text, compression);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const again = await Promise.all(Array.from({ length: 5 }, () => compress(text, compression)));
      for (const bytes of again) expect(Buffer.compare(bytes as Uint8Array, first as Uint8Array)).toBe(0);
    },
  );

  test('gzip: whatever was compressed before, and is beside it', async () => {
    const sizes = [0, 1, 70_000, 20, 3_000_000, 0, 65_536, 200_000, 5, 1_000, 90_000, 2];
    const bodies = [...sizes.map((size) => randomBytes(size)), ...sizes.map((size) => 'é'.repeat(size))];
    for (const round of [bodies, bodies.toReversed()]) {
      const compressed = await Promise.all(round.map((body) => compress(body, 'gzip')));
      for (const [index, bytes] of compressed.entries()) {
        expect(gzipSync(round[index] ?? '').equals(bytes as Uint8Array)).toBe(true);
      }
    }
  });

  test('gzip has no time in its header', async () => {
    const bytes = (await compress(text, 'gzip')) as Uint8Array;
    expect([...bytes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
  });

  test('none is the text itself', async () => {
    expect(await compress(text, 'none')).toBe(text);
  });

  test.each([
    ['gzip', { 'content-encoding': 'gzip' }],
    ['zstd', { 'content-encoding': 'zstd' }],
    ['none', {}],
  ] as const)('the header for %s', (compression, headers) => {
    expect(compressionHeaders(compression)).toEqual(headers);
  });
});

test.each([
  [400, 'DEST_REJECTED'],
  [422, 'DEST_REJECTED'],
  [401, 'DEST_UNAUTHORIZED'],
  [403, 'DEST_UNAUTHORIZED'],
  [404, 'DEST_MISCONFIGURED'],
  [405, 'DEST_MISCONFIGURED'],
  [410, 'DEST_MISCONFIGURED'],
  [301, 'DEST_MISCONFIGURED'],
  [302, 'DEST_MISCONFIGURED'],
  [307, 'DEST_MISCONFIGURED'],
  [501, 'DEST_MISCONFIGURED'],
  [413, 'DEST_TOO_LARGE'],
  [425, 'DEST_THROTTLED'],
  [429, 'DEST_THROTTLED'],
  [408, 'DEST_UNAVAILABLE'],
  [502, 'DEST_UNAVAILABLE'],
  [503, 'DEST_UNAVAILABLE'],
  [504, 'DEST_UNAVAILABLE'],
  [500, 'DEST_FAILED'],
  [507, 'DEST_FAILED'],
  [520, 'DEST_FAILED'],
  [599, 'DEST_FAILED'],
])('where a service says nothing else, %i means %s', (status, code) => {
  expect(codeForStatus(status)).toBe(code);
});
