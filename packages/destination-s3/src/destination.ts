import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import {
  BatchingDestination,
  compress,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type Compression,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify, classifyListing, classifyListingError, classifyOutput } from './classify.js';
import { openClient } from './client.js';
import { encodeBody, encodeEvent, partitionOf } from './encode.js';
import { compressionOf, idsInKey, objectKey, prefixOf } from './key.js';
import { resolveOptions, S3_DEFAULTS, type ResolvedS3Options, type S3Options } from './options.js';

const DAY_MS = 86_400_000;

/** No `Content-Encoding`: a `.gz` that is downloaded has to be gzip. */
const CONTENT_TYPES: Readonly<Record<Compression, string>> = {
  gzip: 'application/gzip',
  zstd: 'application/zstd',
  none: 'application/x-ndjson',
};

/** Archives events in Amazon S3, one object a batch. */
export class S3Destination extends BatchingDestination {
  readonly #options: ResolvedS3Options;
  readonly #http: HttpClient;
  #client: Promise<S3Client> | undefined;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: S3Options) {
    const resolved = resolveOptions(options);
    super(S3_DEFAULTS, resolved, resolved.secrets);
    this.#options = resolved;
    this.#http = new HttpClient(resolved, this.batching);
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return encodeEvent(text);
  }

  protected override partition(event: GrantexEvent): string {
    return partitionOf(event, this.#options.partitionBy);
  }

  /** The key is stored before the first attempt: after a crash the same events go to the same object. */
  protected override openBatch({ items }: Batch<string>): string {
    return objectKey(items, this.#options);
  }

  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    const { bucket } = this.#options;
    const { key, body } = await batch.prepare(async () => {
      const name = batch.state ?? this.openBatch(batch);
      const lines = encodeBody(batch.items.map(({ record }) => record));
      return { key: name, body: await compress(lines, compressionOf(name)) };
    });
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const client = await this.#connect();
    try {
      const output = await client.send(new PutObjectCommand(this.#input(key, body)), { abortSignal: signal });
      return classifyOutput(output);
    } catch (error) {
      const verdict = classify(error, this.batching.clock.now(), { bucket, prefix: prefixOf(key) });
      if (verdict === undefined) throw error;
      if (verdict.outcome === 'refused' && verdict.code === 'DEST_UNAUTHORIZED') this.#forgetCredentials();
      return verdict;
    }
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { bucket, prefix, expectedBucketOwner } = this.#options;
    const place = { bucket, prefix };
    const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
    const client = await this.#connect();
    // HeadBucket asks the same, but its answer has no body, and so no word of what is wrong.
    const question = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: prefix,
      MaxKeys: 1,
      ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
    });
    try {
      return classifyListing(await client.send(question, { abortSignal: signal }), place);
    } catch (error) {
      signal.throwIfAborted(); // The reason says more than the SDK does.
      this.#forgetCredentials();
      const result = classifyListingError(error, this.batching.clock.now(), place);
      if (result === undefined) throw error;
      return result;
    }
  }

  protected override queryFor(event: GrantexEvent): string {
    const { bucket, prefix, partitionBy } = this.#options;
    return `s3://${bucket}/${prefix}${partitionOf(event, partitionBy)}${idsInKey(event.id, event.id)}`;
  }

  protected override async release(): Promise<void> {
    await this.#http.close();
  }

  #input(key: string, body: string | Uint8Array): PutObjectCommandInput {
    const options = this.#options;
    const { objectLock } = options;
    return {
      Bucket: options.bucket,
      Key: key,
      Body: body,
      ContentType: CONTENT_TYPES[compressionOf(key)],
      ...(options.conditionalWrites && { IfNoneMatch: '*' }),
      ...(options.checksums && { ChecksumAlgorithm: 'CRC32' }),
      ...(options.serverSideEncryption !== undefined && { ServerSideEncryption: options.serverSideEncryption }),
      ...(options.kmsKeyId !== undefined && { SSEKMSKeyId: options.kmsKeyId }),
      ...(options.storageClass !== undefined && { StorageClass: options.storageClass }),
      ...(options.expectedBucketOwner !== undefined && { ExpectedBucketOwner: options.expectedBucketOwner }),
      ...(objectLock !== undefined && {
        ObjectLockMode: objectLock.mode,
        // From this attempt on: a batch may have waited for long.
        ObjectLockRetainUntilDate: new Date(this.batching.clock.now() + objectLock.days * DAY_MS),
      }),
    };
  }

  #connect(): Promise<S3Client> {
    const { client } = this.#options;
    this.#client ??= client === undefined ? openClient(this.#options, this.#http) : Promise.resolve(client);
    return this.#client;
  }

  /** The next attempt asks the default chain anew: a file or a role may have other credentials by then. */
  #forgetCredentials(): void {
    this.#client = undefined;
  }
}
