import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { serviceAddress } from '../../../services/address.ts';
import type { DestinationUnderLoad, StoredIds } from '../destination-under-load.ts';
import { addressOf } from './needed-address.ts';

const BATCH_SIZE = 2_000;
/** By default an object waits five minutes for more, and at the end of the run all would wait for that. */
const FLUSH_INTERVAL_MS = 1_000;
/** So many objects can be deleted in a request. */
const MOST_DELETED = 1_000;

/** The root of the workspace does not depend on it, the forwarder does. */
const SDK: string = '@aws-sdk/client-s3';

/** What is used of the SDK. */
interface S3Sdk {
  readonly S3Client: new (options: object) => { send(command: object): Promise<S3Answer>; destroy(): void };
  readonly ListObjectsV2Command: new (input: object) => object;
  readonly GetObjectCommand: new (input: object) => object;
  readonly DeleteObjectsCommand: new (input: object) => object;
}

interface S3Answer {
  readonly Contents?: readonly { readonly Key?: string }[];
  readonly NextContinuationToken?: string;
  readonly Body?: { transformToByteArray(): Promise<Uint8Array> };
}

/** S3, as Versity's gateway has it; read back with the SDK. The keys sort by the first event, so an order is seen. */
export function s3UnderLoad(run: string): DestinationUnderLoad {
  const address = addressOf('s3', serviceAddress('s3'));
  const { S3_ENDPOINT: endpoint, S3_REGION: region, S3_BUCKET: bucket } = address;
  const credentials = { accessKeyId: address.S3_ACCESS_KEY_ID, secretAccessKey: address.S3_SECRET_ACCESS_KEY };
  const require = createRequire(new URL('../../../../packages/forwarder/package.json', import.meta.url));
  const sdk = require(SDK) as S3Sdk;
  const client = new sdk.S3Client({ endpoint, region, credentials, forcePathStyle: true });

  async function* keys(): AsyncGenerator<readonly string[]> {
    let more: string | undefined;
    do {
      const input = { Bucket: bucket, Prefix: `${run}/`, ContinuationToken: more };
      const { Contents = [], NextContinuationToken } = await client.send(new sdk.ListObjectsV2Command(input));
      yield Contents.flatMap(({ Key }) => Key ?? []);
      more = NextContinuationToken;
    } while (more !== undefined);
  }

  async function idsIn(key: string): Promise<readonly string[]> {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    if (Body === undefined) throw new Error(`${key} has no content`);
    const lines = gunzipSync(await Body.transformToByteArray()).toString('utf8');
    if (!lines.endsWith('\n')) throw new Error(`the last line of ${key} is not ended`);
    return lines
      .slice(0, -1)
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly id: string }).id);
  }

  return {
    name: 's3',
    batchSize: BATCH_SIZE,
    settings: {
      bucket,
      prefix: run,
      region,
      endpoint,
      ...credentials,
      batchSize: BATCH_SIZE,
      flushIntervalMs: FLUSH_INTERVAL_MS,
    },
    async *stored(): AsyncGenerator<StoredIds> {
      for await (const page of keys()) {
        for (const key of page) yield { ids: await idsIn(key), lane: 'keys' };
      }
    },
    async discard() {
      const all: string[] = [];
      for await (const page of keys()) all.push(...page);
      for (let at = 0; at < all.length; at += MOST_DELETED) {
        const Objects = all.slice(at, at + MOST_DELETED).map((Key) => ({ Key }));
        await client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
      }
      client.destroy();
    },
  };
}
