import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { S3Store } from '../../src/replay/s3-store.js';
import { S3Client } from '@aws-sdk/client-s3';

interface Ask {
  readonly path: string;
  readonly range: string | undefined;
  readonly ifMatch: string | undefined;
}

/** A store on loopback whose answers are written by hand. */
async function scripted(
  answer: (ask: Ask, response: ServerResponse) => void,
): Promise<{ asked: Ask[]; store: S3Store }> {
  const asked: Ask[] = [];
  const server: Server = createServer((request, response) => {
    const { range, 'if-match': ifMatch } = request.headers;
    const ask = { path: request.url ?? '', range, ifMatch };
    asked.push(ask);
    answer(ask, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
  const store = new S3Store(client, 'bucket');
  onTestFinished(() => {
    store[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  return { asked, store };
}

async function contentOf(store: S3Store): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read('key', new AbortController().signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a body that breaks is read on where it broke, of the same object', async () => {
  const content = Buffer.from('0123456789'.repeat(5_000));
  const { asked, store } = await scripted(({ range }, response) => {
    const from = Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    response.writeHead(from === 0 ? 200 : 206, { etag: '"v1"', 'content-length': rest.length });
    if (rest.length <= 20_000) return void response.end(rest);
    return void response.write(rest.subarray(0, 15_000), () => response.destroy());
  });
  expect((await contentOf(store)).equals(content)).toBe(true);
  const offsets = asked.map(({ range }) => Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0));
  expect(offsets.length).toBeGreaterThan(2);
  expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
  expect(asked.slice(1).every(({ ifMatch }) => ifMatch === '"v1"')).toBe(true);
});

test('an object that is replaced while it is read', async () => {
  const { store } = await scripted(({ range }, response) => {
    if (range !== undefined) {
      const body = '<Error><Code>PreconditionFailed</Code><Message>m</Message></Error>';
      return void response.writeHead(412, { 'content-type': 'application/xml' }).end(body);
    }
    response.writeHead(200, { etag: '"v1"', 'content-length': 100 });
    return void response.write('half', () => response.destroy());
  });
  await expect(contentOf(store)).rejects.toThrow('s3://bucket/key: it was changed while it was read');
});

test('what the store refuses is said at once; a failure is tried again', async () => {
  const statuses = [503, 500, 403];
  const { asked, store } = await scripted((_ask, response) => {
    const body = '<Error><Code>AccessDenied</Code><Message>not yours</Message></Error>';
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/xml' }).end(body);
  });
  await expect(contentOf(store)).rejects.toThrow('s3://bucket/key: AccessDenied: not yours');
  expect(asked).toHaveLength(3);
});
