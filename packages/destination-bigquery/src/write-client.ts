import { createRequire } from 'node:module';
import type { v1 } from '@google-cloud/bigquery-storage';
import { type Access, explainNoToken } from './access.js';
import { AppendConnection } from './append-connection.js';
import type { ResolvedBigQueryOptions } from './options.js';
import { explainStatus } from './status.js';
import type { Column } from './table.js';

/** One retry: the engine's. */
const NO_RETRY = { retryCodes: [] };

/** After an outage gRPC waits before it connects again, by default up to two minutes; the engine has its own delays. */
const CHANNEL = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  // A connection that broke without a word is found dead in 40 s instead of hours.
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** Google's client of the Storage Write API: loaded when it is first needed, its own retries off. */
export class WriteClient {
  readonly #options: ResolvedBigQueryOptions;
  readonly #timeoutMs: number;
  #client: Promise<v1.BigQueryWriteClient> | undefined;

  constructor(options: ResolvedBigQueryOptions, timeoutMs: number) {
    this.#options = options;
    this.#timeoutMs = timeoutMs;
  }

  /** Makes a stream whose rows are visible at once, and resolves to its name. */
  async createStream(access: Access): Promise<string> {
    const client = await this.#ready(access);
    return this.#call(async () => {
      const request = { parent: this.#options.tablePath, writeStream: { type: 'COMMITTED' as const } };
      const [stream] = await client.createWriteStream(request, { timeout: this.#timeoutMs, retry: NO_RETRY });
      return stream.name ?? '';
    });
  }

  /** The columns of the table. */
  async getColumns(access: Access): Promise<readonly Column[]> {
    const client = await this.#ready(access);
    return this.#call(async () => {
      const request = { name: defaultStream(this.#options.tablePath), view: 'FULL' as const };
      const [stream] = await client.getWriteStream(request, { timeout: this.#timeoutMs, retry: NO_RETRY });
      return stream.tableSchema?.fields ?? [];
    });
  }

  async connect(stream: string): Promise<AppendConnection> {
    return new AppendConnection(await this.get(), stream);
  }

  /** The client, ready for calls. Rejects with a `DestinationError` when there are no credentials. */
  async get(): Promise<v1.BigQueryWriteClient> {
    this.#client ??= this.#open();
    try {
      return await this.#client;
    } catch (error) {
      this.#client = undefined; // A file of credentials may have been mended since.
      throw explainNoToken(error);
    }
  }

  /** Closes the client, unless it is the user's. */
  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined); // Then there is nothing to close.
    if (client !== this.#options.client) await client?.close();
  }

  /** Gets a token first: gRPC has one status for everything that can be wrong with it. */
  async #ready(access: Access): Promise<v1.BigQueryWriteClient> {
    const { storageUrl, client: own } = this.#options;
    if (own === undefined && storageUrl.protocol === 'https:') await access.headers(storageUrl.origin);
    return this.get();
  }

  async #open(): Promise<v1.BigQueryWriteClient> {
    const client = (this.#options.client as v1.BigQueryWriteClient | undefined) ?? (await this.#create());
    // Here, because a method that finds the client unready and fails to make it so ends the process.
    await client.initialize();
    return client;
  }

  async #create(): Promise<v1.BigQueryWriteClient> {
    const { projectId, keyFilename, credentials, storageUrl } = this.#options;
    const { v1: api } = await import('@google-cloud/bigquery-storage');
    const isEncrypted = storageUrl.protocol === 'https:';
    return new api.BigQueryWriteClient({
      projectId,
      apiEndpoint: storageUrl.hostname,
      port: Number(storageUrl.port) || (isEncrypted ? 443 : 80),
      ...(keyFilename !== undefined && { keyFilename }),
      ...(credentials !== undefined && { credentials }),
      ...(isEncrypted ? {} : { sslCreds: insecure(), universeDomain: 'googleapis.com' }),
      ...CHANNEL,
    });
  }

  async #call<Value>(call: () => Promise<Value>): Promise<Value> {
    try {
      return await call();
    } catch (error) {
      throw explainStatus(error, this.#options.storageUrl);
    }
  }
}

/** Every table has this stream, which knows no places. */
export function defaultStream(tablePath: string): string {
  return `${tablePath}/streams/_default`;
}

type ChannelCredentials = NonNullable<NonNullable<ConstructorParameters<typeof v1.BigQueryWriteClient>[0]>['sslCreds']>;

/** Channels and credentials have to be of the copy of gRPC that the client has. */
function insecure(): ChannelCredentials {
  const here = createRequire(import.meta.url);
  const { grpc } = createRequire(here.resolve('@google-cloud/bigquery-storage'))('google-gax') as {
    readonly grpc: { readonly credentials: { createInsecure(): ChannelCredentials } };
  };
  return grpc.credentials.createInsecure();
}
