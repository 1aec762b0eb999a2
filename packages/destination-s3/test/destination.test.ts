// Above 300 lines: what the destination does, case by case, against one scripted store.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { EventSource, MemoryJournal, type GrantexEvent, type Logger } from '@grantex/core';
import {
  EventServer,
  HttpReceiver,
  makeEvents,
  type Answer,
  type EventStreamOptions,
  type ReceivedRequest,
} from '@grantex/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { S3Destination, type S3Options } from '../src/index.js';
import { answerAsS3, BUCKET, s3Error, scriptedS3 } from './scripted-s3.js';
import { linesOf } from './stored-events.js';

afterEach(() => void vi.unstubAllEnvs());

const CREDENTIALS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a-secret-access-key' };

function eventsOf(count: number, options: EventStreamOptions = {}): GrantexEvent[] {
  return makeEvents(count, options) as unknown as GrantexEvent[];
}

function idsOf(events: readonly GrantexEvent[]): string[] {
  return events.map(({ id }) => id);
}

/** Remembers the lines of a destination that works alone. */
function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

function destinationFor(receiver: HttpReceiver, options: Partial<S3Options> = {}): S3Destination {
  return new S3Destination({
    bucket: BUCKET,
    endpoint: receiver.url,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    logger: recordingLogger(),
    ...CREDENTIALS,
    ...options,
  });
}

function uploads({ requests }: HttpReceiver): ReceivedRequest[] {
  return requests.filter(({ method }) => method === 'PUT');
}

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

test('a request as the documentation asks for it', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  const events = eventsOf(3);
  await destination.send(events);
  await destination.flush();

  expect(receiver.ids).toEqual(idsOf(events));
  const [request] = receiver.requests;
  expect(request).toMatchObject({
    method: 'PUT',
    path: expect.stringMatching(
      new RegExp(
        `^/${BUCKET}/grantex-events/dt%3D2026-\\d\\d-\\d\\d/grantex-${events[0]?.id}-${events[2]?.id}-3-[0-9a-f]{32}\\.ndjson\\.gz$`,
      ),
    ),
    headers: {
      'content-type': 'application/gzip',
      'if-none-match': '*',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=[a-z0-9;-]*if-none-match/,
      ),
      'x-amz-content-sha256': request?.digest,
      'user-agent': expect.stringMatching(/ grantex-destination-s3\/\d+\.\d+\.\d+/),
    },
  });
  // What a browser or a tool would undo without being asked.
  expect(request?.headers['content-encoding']).toBeUndefined();
});

test.each([
  ['gzip', 'application/gzip', '1f8b'],
  ['zstd', 'application/zstd', '28b52ffd'],
  ['none', 'application/x-ndjson', Buffer.from('{"id"').toString('hex')],
] as const)('compression %s: the text of each event, a line each', async (compression, contentType, magic) => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver, { compression });
  const events = eventsOf(2);
  await destination.send(events);
  await destination.flush();
  const [request] = receiver.accepted;
  expect(request?.headers['content-type']).toBe(contentType);
  expect(request?.raw.toString('hex', 0, magic.length / 2)).toBe(magic);
  expect(linesOf(request?.path ?? '', request?.raw ?? Buffer.alloc(0))).toEqual(
    events.map((event) => JSON.stringify(event)),
  );
});

test('an object holds events of one day, or of one hour', async () => {
  const events = eventsOf(4).map((event, index) => ({
    ...event,
    createdAt: new Date(Date.UTC(2026, 2, 1, 22 + index, 30)).toISOString(),
  }));
  for (const [partitionBy, folders] of [
    ['day', ['dt%3D2026-03-01/', 'dt%3D2026-03-02/']],
    [
      'hour',
      [
        'dt%3D2026-03-01/hour%3D22/',
        'dt%3D2026-03-01/hour%3D23/',
        'dt%3D2026-03-02/hour%3D00/',
        'dt%3D2026-03-02/hour%3D01/',
      ],
    ],
  ] as const) {
    await using receiver = await scriptedS3();
    await using destination = destinationFor(receiver, { partitionBy, prefix: '/' });
    await destination.send(events);
    await destination.flush();
    expect(receiver.ids).toEqual(idsOf(events));
    expect(receiver.accepted.map(({ path }) => path.slice(`/${BUCKET}/`.length, path.lastIndexOf('/') + 1))).toEqual(
      folders,
    );
  }
});

test('1,000 events in an object, and what is left at flush()', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  const events = eventsOf(2_500);
  await destination.send(events);
  await destination.flush();
  expect(receiver.accepted.map(({ ids }) => ids.length)).toEqual([1_000, 1_000, 500]);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('encryption, storage class, lock, owner and checksum are asked for as headers', async () => {
  await using receiver = await scriptedS3();
  const now = Date.now();
  await using destination = destinationFor(receiver, {
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'alias/audit',
    storageClass: 'GLACIER_IR',
    objectLock: { mode: 'COMPLIANCE', days: 30 },
    expectedBucketOwner: '111122223333',
  });
  await destination.send(eventsOf(1));
  await destination.flush();
  const headers = receiver.accepted[0]?.headers;
  expect(headers).toMatchObject({
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'alias/audit',
    'x-amz-storage-class': 'GLACIER_IR',
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-expected-bucket-owner': '111122223333',
    'x-amz-sdk-checksum-algorithm': 'CRC32',
    'x-amz-checksum-crc32': expect.stringMatching(/^[\w+/]{6}==$/),
  });
  const until = Date.parse(String(headers?.['x-amz-object-lock-retain-until-date']));
  expect(until - now).toBeGreaterThanOrEqual(30 * 86_400_000 - 1_000);
  expect(until - now).toBeLessThan(30 * 86_400_000 + 60_000);
});

test('what another maker’s store may not know is not sent, unless it is asked for', async () => {
  await using receiver = await scriptedS3();
  for (const checksums of [undefined, true]) {
    await using destination = destinationFor(receiver, checksums === undefined ? {} : { checksums });
    await destination.send(eventsOf(1, { startTime: Date.now() }));
    await destination.flush();
  }
  await using plain = destinationFor(receiver, { conditionalWrites: false });
  await plain.send(eventsOf(1));
  await plain.flush();
  const [first, second, third] = uploads(receiver);
  expect([checksumHeaders(first), checksumHeaders(third)]).toEqual([[], []]);
  expect(checksumHeaders(second)).toContain('x-amz-checksum-crc32');
  expect([first, second, third].map((request) => request?.headers['if-none-match'])).toEqual(['*', '*', undefined]);
});

test('a lost answer: the same key and bytes again, 412, and no second object', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  receiver.next({ status: 503 }, { reset: 'after-store' });
  const events = eventsOf(100);
  await destination.send(events);
  await destination.flush();
  const [first, ...again] = uploads(receiver);
  expect(again).toHaveLength(2);
  expect(again.map(({ path, digest }) => [path, digest])).toEqual(again.map(() => [first?.path, first?.digest]));
  expect(again.at(-1)?.status).toBe(412);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('the same events in another process have the same key: 412, and no second object', async () => {
  await using receiver = await scriptedS3();
  const events = eventsOf(100);
  for (let run = 0; run < 2; run++) {
    await using destination = destinationFor(receiver);
    await destination.send(events);
    await destination.flush();
  }
  expect(uploads(receiver).map(({ status }) => status)).toEqual([200, 412]);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('a batch that was begun keeps its key and members, whatever the options say after a restart', async () => {
  await using receiver = await scriptedS3();
  await using server = await EventServer.start();
  const events = makeEvents(10);
  const journal = new LastingJournal();
  const run = async (options: Partial<S3Options>, during: () => Promise<void>) => {
    const logger = recordingLogger();
    const source = new EventSource({ url: server.url, apiKey: server.key, journal, logger });
    source.addDestination(destinationFor(receiver, { flushIntervalMs: 20, ...options }));
    const running = source.start();
    await server.subscribed();
    await during();
    await source.stop({ deadlineMs: 0 });
    await running;
  };
  receiver.answer(() => ({ dropAnswer: true }));
  await run({}, async () => {
    server.publish(events);
    await receiver.waitFor(() => uploads(receiver).length > 0);
  });
  const [before] = uploads(receiver);
  const sent = receiver.requests.length;
  receiver.answer((request) => answerAsS3(receiver, request));
  await run({ prefix: 'elsewhere', compression: 'none', partitionBy: 'hour', batchSize: 1 }, async () => {
    await receiver.waitFor(() => receiver.requests.slice(sent).some(({ status }) => status === 412));
  });
  const after = receiver.requests[sent];
  expect([after?.path, after?.digest]).toEqual([before?.path, before?.digest]);
});

test('sendTest() delivers an event and says where it is', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  const result = await destination.sendTest();
  expect(result).toMatchObject({ ok: true, statusCode: 200, message: 'accepted' });
  expect(receiver.ids).toEqual([result.eventId]);
  const [request] = receiver.accepted;
  expect(result.query).toMatch(/^s3:\/\/acme-audit\/grantex-events\/dt=\d{4}-\d\d-\d\d\/grantex-/);
  expect(decodeURIComponent(request?.path ?? '')).toContain(result.query?.slice('s3:/'.length));
});

const ANSWERS: readonly (readonly [string, Answer, { ok: boolean; statusCode: number; message: RegExp }])[] = [
  [
    'the key is wrong',
    s3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
    { ok: false, statusCode: 403, message: /^S3 replied 403 \(InvalidAccessKeyId: .*; check accessKeyId/ },
  ],
  [
    'the bucket is missing',
    s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist'),
    { ok: false, statusCode: 404, message: /there is no bucket acme-audit: check bucket, and region or endpoint$/ },
  ],
  [
    'another region',
    s3Error(301, 'PermanentRedirect', 'Send all future requests to this endpoint.', {
      'x-amz-bucket-region': 'eu-west-1',
    }),
    { ok: false, statusCode: 301, message: /; the bucket is in eu-west-1: check region$/ },
  ],
  [
    'the key may not list',
    s3Error(403, 'AccessDenied', 'Access Denied'),
    { ok: true, statusCode: 403, message: /may not list the bucket acme-audit .*a test event$/ },
  ],
];

test.each(ANSWERS)('check(): %s', async (_what, answer, { message, ...result }) => {
  await using receiver = await HttpReceiver.start({ answer: () => answer });
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toEqual({ ...result, message: expect.stringMatching(message) });
});

test('check(): all is well; asked without writing', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toEqual({
    ok: true,
    statusCode: 200,
    message:
      'the bucket acme-audit is there and the key is known; whether it may write is not proven by this, but by a test event',
  });
  expect(receiver.requests.map(({ method, path, query }) => [method, path, query])).toEqual([
    ['GET', `/${BUCKET}/`, 'list-type=2&prefix=grantex-events%2F&max-keys=1'],
  ]);
});

test('check(): nobody listens', async () => {
  await using receiver = await scriptedS3();
  await using destination = destinationFor(receiver);
  await receiver.down();
  expect(await destination.check()).toEqual({
    ok: false,
    message: `127.0.0.1:${receiver.port} refused the connection; check the address, and firewalls and proxies on the way`,
  });
});

test('check(): the host is not known', { timeout: 30_000 }, async () => {
  await using destination = new S3Destination({
    bucket: BUCKET,
    endpoint: 'https://s3.nowhere.invalid',
    ...CREDENTIALS,
  });
  expect(await destination.check()).toEqual({
    ok: false,
    message: 'the host s3.nowhere.invalid is not known; check the address, and the name service of this machine',
  });
});

test('check(): the certificate is not trusted, until it is named', async () => {
  const tls = { key: fixture('self-signed.key.pem'), cert: fixture('self-signed.cert.pem') };
  await using receiver = await scriptedS3({ tls });
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/^127\.0\.0\.1:\d+: .*certificate.*not trusted.*tls\.ca.*NODE_EXTRA_CA_CERTS$/),
  });
  expect(receiver.requests).toEqual([]);
  await using trusting = destinationFor(receiver, {
    endpoint: receiver.url.replace('127.0.0.1', 'localhost'),
    tls: { ca: tls.cert },
  });
  expect(await trusting.check()).toMatchObject({ ok: true });
});

test('check(): no answer in time', async () => {
  await using receiver = await HttpReceiver.start({ answer: () => ({ hang: true }) });
  await using destination = destinationFor(receiver, { timeoutMs: 200 });
  expect(await destination.check()).toEqual({
    ok: false,
    message: 'no answer within 200 ms',
  });
});

test('the default chain: no credentials at all', async () => {
  await using home = await emptyHome();
  await using receiver = await scriptedS3();
  await using destination = withDefaultChain(receiver);
  expect(await destination.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/^there are no credentials \(.*\); check accessKeyId and secretAccessKey, or where/),
  });
  await home.write('[default]\naws_access_key_id = AKIAFROMFILE\naws_secret_access_key = s');
  expect(await destination.check()).toMatchObject({ ok: true });
});

test('the default chain: a key that was replaced in its file is found without a restart, and nothing is lost', async () => {
  await using home = await emptyHome();
  await home.write('[default]\naws_access_key_id = AKIAOLD\naws_secret_access_key = s');
  await using receiver = await scriptedS3();
  receiver.answer((request) =>
    request.headers.authorization?.includes('Credential=AKIANEW/') === true
      ? answerAsS3(receiver, request)
      : s3Error(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.'),
  );
  const logger = recordingLogger();
  await using destination = withDefaultChain(receiver, { logger });
  const events = eventsOf(3);
  await destination.send(events);
  const flushed = destination.flush();
  await receiver.waitFor(() => uploads(receiver).length >= 3);
  expect(receiver.ids).toEqual([]);
  await home.write('[default]\naws_access_key_id = AKIANEW\naws_secret_access_key = s');
  await flushed;
  expect(receiver.ids).toEqual(idsOf(events));
  expect(logger.lines.filter((line) => !line.startsWith('info '))).toEqual([
    expect.stringMatching(
      /^warn s3: holding, nothing is lost\. S3 replied 403 \(InvalidAccessKeyId: .*check accessKeyId/,
    ),
  ]);
});

test('a client of one’s own: used as it is, and left open', async () => {
  await using receiver = await scriptedS3();
  const client = new S3Client({
    endpoint: receiver.url,
    region: 'eu-central-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIAOFTHECLIENT', secretAccessKey: 's' },
  });
  const destroy = vi.spyOn(client, 'destroy');
  const events = eventsOf(3);
  {
    await using destination = new S3Destination({ bucket: BUCKET, client, logger: recordingLogger() });
    expect(await destination.check()).toMatchObject({ ok: true });
    await destination.send(events);
    await destination.flush();
    await receiver.down();
    expect(await destination.check()).toMatchObject({
      ok: false,
      message: expect.stringMatching(/ECONN(REFUSED|RESET)/),
    });
  }
  expect(receiver.ids).toEqual(idsOf(events));
  expect(uploads(receiver)[0]?.headers.authorization).toMatch(/Credential=AKIAOFTHECLIENT\/\d{8}\/eu-central-1\//);
  expect(destroy).not.toHaveBeenCalled();
  client.destroy();
});

test('two of a kind have names', async () => {
  await using first = new S3Destination({ bucket: BUCKET });
  await using second = new S3Destination({ bucket: BUCKET, name: 's3-eu' });
  expect([first.name, second.name]).toEqual(['s3', 's3-eu']);
});

function checksumHeaders(request: ReceivedRequest | undefined): string[] {
  return Object.keys(request?.headers ?? {}).filter((name) => name.includes('checksum'));
}

/** A journal that outlives its source, as one on a disk does. */
class LastingJournal extends MemoryJournal {
  override async close(): Promise<void> {}
}

function withDefaultChain(receiver: HttpReceiver, options: Partial<S3Options> = {}): S3Destination {
  return new S3Destination({
    bucket: BUCKET,
    endpoint: receiver.url,
    retry: { initialMs: 1, maxMs: 1, holdMs: 20, maxHoldMs: 20 },
    logger: recordingLogger(),
    ...options,
  });
}

/** A machine on which nobody has set up credentials. */
async function emptyHome(): Promise<AsyncDisposable & { write(credentials: string): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'grantex-s3-'));
  const credentials = join(folder, 'credentials');
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  return {
    write: (text) => writeFile(credentials, text),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
