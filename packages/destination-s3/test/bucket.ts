import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { createHttpAgent, exchange, type HttpRequest } from '@grantex/core';
import type { Answer, ReceivedRequest } from '@grantex/testing';
import type { ServiceAddresses } from '../../../tools/services/address.js';
import type { S3Options } from '../src/index.js';
import { idsIn, linesOf } from './stored-events.js';

/** A folder of its own in a bucket of the real server, and what it holds, read with the SDK. */
export class StoredObjects implements Disposable {
  readonly bucket: string;
  /** Each test has another one, and reads back only what it has sent. */
  readonly prefix = `test-${randomUUID()}`;
  /** What a destination needs to write here. */
  readonly options: Required<
    Pick<S3Options, 'bucket' | 'prefix' | 'region' | 'endpoint' | 'accessKeyId' | 'secretAccessKey'>
  >;
  readonly #client: S3Client;

  constructor(address: ServiceAddresses['s3'], bucket = address.S3_BUCKET) {
    const { S3_ENDPOINT: endpoint, S3_REGION: region } = address;
    const credentials = { accessKeyId: address.S3_ACCESS_KEY_ID, secretAccessKey: address.S3_SECRET_ACCESS_KEY };
    this.bucket = bucket;
    this.options = { bucket, prefix: this.prefix, region, endpoint, ...credentials };
    this.#client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  }

  async createBucket(): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.bucket }));
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.bucket, Prefix: `${this.prefix}/` });
    for await (const { Contents = [] } of pages) keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
    return keys;
  }

  async content(key: string): Promise<Uint8Array> {
    const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    if (Body === undefined) throw new Error(`${key} has no content`);
    return Body.transformToByteArray();
  }

  /** The lines of all objects, in the order of their keys. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (const key of await this.keys()) lines.push(...linesOf(key, await this.content(key)));
    return lines;
  }

  /** The ids of every copy of every event. */
  async ids(): Promise<string[]> {
    const ids: string[] = [];
    for (const key of await this.keys()) ids.push(...idsIn(key, await this.content(key)));
    return ids;
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }
}

/** Hands requests on to the real server, as they are: the signature is about the host that the client asked. */
export class Relay implements AsyncDisposable {
  readonly #agent = createHttpAgent(1);
  readonly #endpoint: string;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async forward({ method, path, query, headers, raw }: ReceivedRequest): Promise<Answer> {
    const { connection: _connection, ...own } = headers;
    const reply = await exchange({
      method: method as NonNullable<HttpRequest['method']>,
      url: new URL(`${path}${query === '' ? '' : `?${query}`}`, this.#endpoint),
      headers: own as Record<string, string>,
      ...(raw.length > 0 && { body: raw }),
      signal: AbortSignal.timeout(10_000),
      dispatcher: this.#agent,
    });
    const names = ['content-type', 'etag', 'x-amz-bucket-region'];
    const kept = names.flatMap((name) =>
      typeof reply.headers[name] === 'string' ? [[name, reply.headers[name]]] : [],
    );
    return { status: reply.status, headers: Object.fromEntries(kept) as Record<string, string>, body: reply.text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close();
  }
}
