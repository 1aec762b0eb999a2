import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Settings } from '../settings/settings.js';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
}

/** In a row, without a byte in between. */
const MAX_FAILURES = 6;
const FIRST_DELAY_MS = 200;

export function isS3Address(name: string): boolean {
  return name.startsWith('s3://');
}

/** A bucket, read only. */
export class S3Store implements Disposable {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  /** All objects with this prefix, in the order of their keys. Those without content, as consoles make for folders, are left out. */
  async *list(prefix: string): AsyncGenerator<StoredObject, void, void> {
    const { paginateListObjectsV2 } = await import('@aws-sdk/client-s3');
    try {
      const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.#bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key, Size = 0 } of Contents) if (Key !== undefined && Size > 0) yield { key: Key, bytes: Size };
      }
    } catch (error) {
      throw this.#failure(`s3://${this.#bucket}/${prefix}`, error);
    }
  }

  /** An object's content. A connection that breaks is opened again where it broke. */
  async *read(key: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    let [offset, failures] = [0, 0];
    let etag: string | undefined;
    for (;;) {
      try {
        const range = offset === 0 ? {} : { Range: `bytes=${offset}-`, IfMatch: etag };
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key, ...range });
        const { Body, ETag, ContentLength = 0 } = await this.#client.send(command, { abortSignal: signal });
        etag ??= ETag;
        const end = offset + ContentLength;
        for await (const chunk of Body as AsyncIterable<Uint8Array>) {
          [offset, failures] = [offset + chunk.length, 0];
          yield chunk;
        }
        if (offset === end) return;
        throw new Error(`the connection ended after ${offset} of ${end} bytes`);
      } catch (error) {
        signal.throwIfAborted();
        if (!isTemporary(error) || ++failures >= MAX_FAILURES) {
          throw this.#failure(`s3://${this.#bucket}/${key}`, error);
        }
        await sleep(FIRST_DELAY_MS * 2 ** (failures - 1), undefined, { signal });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  #failure(address: string, error: unknown): CommandFailure {
    const { name = '', message = String(error) } = error as Partial<Error>;
    const reason = name === 'PreconditionFailed' ? 'it was changed while it was read' : `${name}: ${message}`;
    const isRefusal = !isTemporary(error);
    const advice = isRefusal ? '' : '. The same command goes on where it stopped';
    return new CommandFailure(`${address}: ${reason}${advice}`, isRefusal ? EXIT.failed : EXIT.unavailable);
  }
}

/** An answer below 500 is a decision, apart from "slow down". Without one, the network failed, or there are no credentials. */
function isTemporary(error: unknown): boolean {
  const { name, $metadata } = error as { readonly name?: string; readonly $metadata?: { httpStatusCode?: number } };
  if (name === 'CredentialsProviderError') return false;
  const status = $metadata?.httpStatusCode;
  return status === undefined || status >= 500 || status === 429;
}

/** Options of an S3 destination that say how a bucket is reached. */

interface Reaching {
  readonly region?: unknown;
  readonly endpoint?: unknown;
  readonly forcePathStyle?: unknown;
  readonly accessKeyId?: unknown;
  readonly secretAccessKey?: unknown;
  readonly sessionToken?: unknown;
}

/**
 * Opens a bucket as the S3 destination of the settings that writes to it does; without one, by the usual variables of the
 * environment and the default chain of credentials of the AWS SDK.
 */
export async function openStore(
  bucket: string,
  settings: Settings | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<S3Store> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  const found = settings?.destinations.find(({ type, options }) => type === 's3' && options['bucket'] === bucket);
  const options: Reaching = found?.options ?? {};
  const endpoint = textOf(options.endpoint) ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const region = textOf(options.region) ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1';
  const own = credentialsOf(options.accessKeyId, options.secretAccessKey, options.sessionToken);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  const credentials = own ?? credentialsOf(id, secret, token);
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: typeof options.forcePathStyle === 'boolean' ? options.forcePathStyle : endpoint !== undefined,
    ...(credentials !== undefined && { credentials }),
  });
  return new S3Store(client, bucket);
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

function credentialsOf(id: unknown, secret: unknown, token: unknown): Credentials | undefined {
  const [accessKeyId, secretAccessKey, sessionToken] = [textOf(id), textOf(secret), textOf(token)];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
