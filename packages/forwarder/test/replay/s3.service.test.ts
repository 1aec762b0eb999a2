import { randomUUID } from 'node:crypto';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { s3Definition } from '@grantex/destinations';
import { HttpReceiver, makeEvents } from '@grantex/testing';
import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { needService, type ServiceAddresses } from '../../../../tools/services/address.js';
import { findInputs } from '../../src/replay/inputs.js';
import { openStore } from '../../src/replay/s3-store.js';
import { sendStored } from '../../src/replay/send-stored.js';
import { TestContext } from '../commands/terminal-context.js';
import { destinationSettings, keptFiles, ndjson, newFolder, settingsOf } from './replay-rig.js';

/** A folder of its own in the bucket of the real server, as the settings of a destination say it. */
function bucketOptions(address: ServiceAddresses['s3']) {
  return {
    bucket: address.S3_BUCKET,
    prefix: `test-${randomUUID()}`,
    region: address.S3_REGION,
    endpoint: address.S3_ENDPOINT,
    accessKeyId: address.S3_ACCESS_KEY_ID,
    secretAccessKey: address.S3_SECRET_ACCESS_KEY,
  };
}

function idsIn({ body }: { readonly body: Buffer }): string[] {
  return [...body.toString().matchAll(/^\{"id":"(\w+)"/gm)].map(([, id = '']) => id);
}

test.for(['gzip', 'zstd', 'none'] as const)(
  'what the S3 destination wrote is sent elsewhere, stopped and gone on with (%s)',
  async (compression, context) => {
    const options = bucketOptions(needService('s3', context));
    const events = makeEvents(6_000, { intervalMs: 60_000 });
    await using written = s3Definition.from({ ...options, compression, batchSize: 250 });
    await written.send(events as unknown as GrantexEvent[]);
    await written.flush();

    await using receiver = await HttpReceiver.start({ parse: idsIn });
    const folder = await newFolder();
    const archive = { ...destinationSettings('http', options), name: 'archive', type: 's3', definition: s3Definition };
    const http = destinationSettings('http', {
      url: receiver.url,
      format: 'ndjson',
      batchSize: 200,
      maxEventsPerSecond: 6_000,
    });
    const settings = settingsOf(folder, [archive, http]);
    const asked = [`s3://${options.bucket}/${options.prefix}`];
    const run = async (world: TestContext, rate?: number) => {
      using store = await openStore(options.bucket, settings, {});
      const { stdin, signal } = world;
      const inputs = await findInputs(asked, { stdin, folder, signal, store: async () => store });
      const command = { json: true, filter: true, transform: true, ...(rate !== undefined && { rate }) } as const;
      await sendStored(world, command, { asked, settings, destination: http, inputs, isChosen: () => true });
    };
    const stopped = new TestContext({ folder });
    const first = run(stopped, 4_000);
    await receiver.waitFor(1_000);
    stopped.end();
    await expect(first).rejects.toThrow('stopped; the same command goes on here');
    const last = new TestContext({ folder });
    await run(last);
    expect(last.err).toContain(`goes on behind line`);
    // Objects lie in the order of their keys, which is that of the events here.
    expect(receiver.ids).toEqual(events.map(({ id }) => id));
    expect(await keptFiles(folder)).toEqual([]);
  },
);

test(
  'more objects than one page of the list, and without a destination the environment says where',
  { timeout: 120_000 },
  async (context) => {
    const address = needService('s3', context);
    const { bucket, prefix, region, endpoint, ...credentials } = bucketOptions(address);
    const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true });
    const events = makeEvents(1_100);
    const put = async (index: number) => {
      const Key = `${prefix}/${String(index).padStart(5, '0')}.ndjson`;
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: ndjson(events.slice(index, index + 1)) }));
    };
    for (let from = 0; from < events.length; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => put(from + index)));
    }
    client.destroy();
    const environment = {
      AWS_REGION: region,
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    using store = await openStore(bucket, undefined, environment);
    const keys: string[] = [];
    for await (const { key } of store.list(`${prefix}/`)) keys.push(key);
    expect(keys).toHaveLength(1_100);
    expect(keys).toEqual(keys.toSorted());
    const lines: string[] = [];
    for (const key of [keys[0], keys[1_099]]) {
      for await (const chunk of store.read(key ?? '', new AbortController().signal))
        lines.push(Buffer.from(chunk).toString());
    }
    expect(lines.join('')).toBe(ndjson([events[0] ?? {}, events[1_099] ?? {}]));
  },
);

test('a bucket that is not there, and a prefix without objects', async (context) => {
  const options = bucketOptions(needService('s3', context));
  const settings = settingsOf('/', [{ ...destinationSettings('http', options), type: 's3' }]);
  const none = { ...destinationSettings('http', { ...options, bucket: 'nobody-has-this' }), type: 's3' };
  const folder = await newFolder();
  const { stdin, signal } = new TestContext({ folder });
  const find = (name: string, given: typeof settings, bucket: string) =>
    findInputs([name], { stdin, folder, signal, store: () => openStore(bucket, given, {}) });
  await expect(find('s3://nobody-has-this/x', settingsOf('/', [none]), 'nobody-has-this')).rejects.toThrow(
    /NoSuchBucket/,
  );
  await expect(find(`s3://${options.bucket}/nothing-here`, settings, options.bucket)).rejects.toThrow(
    'there is no object with this prefix',
  );
});
