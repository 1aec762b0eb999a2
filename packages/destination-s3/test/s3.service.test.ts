import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { idsOf, QUICK, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { S3Destination } from '../src/index.js';
import { StoredObjects } from './bucket.js';

test.for(['gzip', 'zstd', 'none'] as const)(
  '2,000 published events are read back, each once, in order, with their texts (%s)',
  async (compression, context) => {
    using stored = new StoredObjects(needService('s3', context));
    const destination = new S3Destination({ ...stored.options, ...QUICK, compression, batchSize: 500 });
    await using rig = await ServiceRig.start({ destination });
    const note = '"quoted" \\ back\\slash\r\n\t\u0000\u2028 ä € 𝄞 </script> {"a":[1]}';
    const events = recentEvents(2_000).map((event, index) =>
      index % 100 === 0 ? { ...event, data: { ...event.data, note } } : event,
    );
    rig.publish(events);
    await rig.settled(events.length);
    expect(await rig.source.stop()).toEqual({ remaining: [] });

    // Keys sort by time, and so do the lines in an object.
    expect(await stored.lines()).toEqual(events.map((event) => JSON.stringify(event)));
    const extension = { gzip: 'ndjson.gz', zstd: 'ndjson.zst', none: 'ndjson' }[compression];
    for (const key of await stored.keys()) {
      expect(key).toMatch(
        new RegExp(
          `^${stored.prefix}/dt=\\d{4}-\\d\\d-\\d\\d/grantex-evt_\\w+-evt_\\w+-\\d+-[0-9a-f]{32}\\.${extension}$`,
        ),
      );
    }
    expect(rig.loud).toEqual([]);
  },
);

test('what was written before is recognised: no second object, and nothing is written over', async (context) => {
  using stored = new StoredObjects(needService('s3', context));
  const events = recentEvents(100);
  for (let run = 0; run < 2; run++) {
    await using rig = await ServiceRig.start({
      destination: new S3Destination({ ...stored.options, ...QUICK, batchSize: 100 }),
    });
    rig.publish(events);
    await rig.settled(events.length);
    expect(rig.stats).toMatchObject({ delivered: 100, retries: 0 });
  }
  expect(await stored.keys()).toHaveLength(1);
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events));
});

test('sendTest(): the object is where the query says', async (context) => {
  using stored = new StoredObjects(needService('s3', context));
  await using destination = new S3Destination(stored.options);
  const result = await destination.sendTest();
  expect(result).toMatchObject({ ok: true, statusCode: 200 });
  const [key] = await stored.keys();
  expect(`s3://${stored.bucket}/${key}`.startsWith(result.query ?? '?')).toBe(true);
  expect(await stored.ids()).toEqual([result.eventId]);
});

test('check(): right, and each thing wrong in turn', async (context) => {
  using stored = new StoredObjects(needService('s3', context));
  const checked = async (options: object) => {
    await using destination = new S3Destination({ ...stored.options, ...options });
    return await destination.check();
  };
  expect(await checked({})).toMatchObject({ ok: true, statusCode: 200 });
  expect(await checked({ secretAccessKey: 'wrong' })).toMatchObject({
    ok: false,
    statusCode: 403,
    message: expect.stringMatching(/SignatureDoesNotMatch.*; check accessKeyId and secretAccessKey/),
  });
  expect(await checked({ accessKeyId: 'nobody' })).toMatchObject({
    ok: false,
    message: expect.stringMatching(/XAdminUserNotFound.*; check accessKeyId and secretAccessKey/),
  });
  expect(await checked({ bucket: 'nowhere-at-all' })).toMatchObject({
    ok: false,
    statusCode: 404,
    message: expect.stringMatching(/NoSuchBucket.*; there is no bucket nowhere-at-all: check bucket/),
  });
  expect(await checked({ region: 'eu-west-1' })).toMatchObject({
    ok: false,
    statusCode: 400,
    message: expect.stringMatching(/; the bucket is in us-east-1: check region$/),
  });
});

test('a bucket that is missing: held with one warning, nothing is lost, and it goes on when the bucket is made', async (context) => {
  using stored = new StoredObjects(needService('s3', context), `test-${randomUUID()}`);
  await using rig = await ServiceRig.start({ destination: new S3Destination({ ...stored.options, ...QUICK }) });
  const events = recentEvents(50);
  rig.publish(events);
  await until(() => rig.stats.requests >= 3 && rig.stats.lag === 50);
  expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0 });
  await stored.createBucket();
  await rig.settled(events.length);
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events));
  expect(rig.stats).toMatchObject({ state: 'delivering', deadLettered: 0 });
  expect(rig.loud).toEqual([expect.stringMatching(/^warn: s3: holding, nothing is lost\. .*there is no bucket test-/)]);
});

test('a wrong secret in the credentials file: held, and it goes on when the file is mended', async (context) => {
  using stored = new StoredObjects(needService('s3', context));
  const { accessKeyId, secretAccessKey, ...options } = stored.options;
  const folder = await mkdtemp(join(tmpdir(), 'grantex-s3-'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const write = (secret: string) =>
    writeFile(
      join(folder, 'credentials'),
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\n`,
    );
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', join(folder, 'credentials'));
  vi.stubEnv('AWS_CONFIG_FILE', join(folder, 'config'));
  await write('another-secret');
  await using rig = await ServiceRig.start({ destination: new S3Destination({ ...options, ...QUICK }) });
  const events = recentEvents(50);
  rig.publish(events);
  await until(() => rig.stats.requests >= 3 && rig.stats.lag === 50);
  expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0 });
  await write(secretAccessKey);
  await rig.settled(events.length);
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events));
  expect(rig.loud).toEqual([
    expect.stringMatching(/^warn: s3: holding, nothing is lost\. .*SignatureDoesNotMatch.*; check accessKeyId/),
  ]);
  for (const line of rig.lines) expect(line).not.toMatch(/another-secret|StringToSign/);
});

test('a clock that is an hour behind: refused once, then by the clock of the server', async (context) => {
  const address = needService('s3', context);
  using stored = new StoredObjects(address);
  const { bucket, prefix, endpoint, region, accessKeyId, secretAccessKey } = stored.options;
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
    systemClockOffset: -3_600_000,
  });
  const destination = new S3Destination({ bucket, prefix, client, ...QUICK });
  await using rig = await ServiceRig.start({ destination });
  const events = recentEvents(10);
  rig.publish(events);
  await rig.settled(events.length);
  expect((await stored.ids()).toSorted()).toEqual(idsOf(events));
  expect(rig.stats.lastError).toMatchObject({
    code: 'DEST_UNAVAILABLE',
    message: expect.stringMatching(/RequestTimeTooSkewed.*the clock of this machine is wrong/),
  });
  client.destroy();
});
