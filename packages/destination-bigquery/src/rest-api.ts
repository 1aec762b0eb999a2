import { DestinationError, HttpClient, refusalFromError, type BatchingParts, type Reply } from '@grantex/core';
import type { Access } from './access.js';
import { refusalOf } from './classify.js';
import type { ResolvedBigQueryOptions } from './options.js';
import { tableResource } from './table.js';
import { VERSION } from './version.js';

/**
 * BigQuery's REST API, as far as it is needed. The requests are made here and not by Google's client, which cannot end one
 * that gets no answer; the client is asked for tokens.
 */
export class RestApi {
  readonly #options: ResolvedBigQueryOptions;
  readonly #access: Access;
  readonly #client: HttpClient;
  readonly #sendsToken: boolean;

  constructor(options: ResolvedBigQueryOptions, batching: BatchingParts, access: Access) {
    this.#options = options;
    this.#access = access;
    const isEncrypted = options.tablesUrl.protocol === 'https:';
    // What Google's libraries do as well. An emulator is near.
    this.#client = new HttpClient(isEncrypted ? { proxy: 'environment' } : {}, batching);
    this.#sendsToken = isEncrypted || (options.client !== undefined && options.mode === 'insert-all');
  }

  /** `tabledata.insertAll`. */
  insertAll(body: Uint8Array, signal: AbortSignal): Promise<Reply> {
    return this.#exchange('POST', `${this.#table}/insertAll?prettyPrint=false`, body, signal);
  }

  /** `tables.get`. */
  getTable(signal: AbortSignal): Promise<Reply> {
    return this.#exchange('GET', this.#table, undefined, signal);
  }

  /** Makes the table if it is not there. Rejects with a `DestinationError` when that cannot be done. */
  async ensureTable(signal: AbortSignal): Promise<void> {
    if ((await this.getTable(signal)).status !== 404) return;
    const reply = await this.#exchange('POST', '', JSON.stringify(tableResource(this.#options)), signal);
    // 409: somebody else has made it in the meantime.
    if (reply.status === 200 || reply.status === 409) return;
    const { code, message, statusCode } = refusalOf(reply, 0);
    throw new DestinationError(code, `the table cannot be made: ${message}`, {
      ...(statusCode !== undefined && { statusCode }),
    });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  get #table(): string {
    return encodeURIComponent(this.#options.tableId);
  }

  async #exchange(
    method: 'GET' | 'POST',
    path: string,
    body: string | Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Reply> {
    // Without a name behind it, the address of all tables has no slash at its end.
    const url = new URL(path === '' ? this.#options.tablesUrl.href.slice(0, -1) : path, this.#options.tablesUrl);
    const access = this.#sendsToken ? await this.#access.headers(url.origin) : {};
    try {
      return await this.#client.exchange({
        method,
        url,
        headers: {
          ...access,
          'user-agent': `grantex-destination-bigquery/${VERSION}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
        signal,
      });
    } catch (error) {
      throw explainTls(error, url);
    }
  }
}

/** The message of the HTTP client names an option that is not one of this destination. */
function explainTls(error: unknown, { host }: URL): unknown {
  if (!(error instanceof DestinationError) || error.code !== 'DEST_MISCONFIGURED') return error;
  const { message } = refusalFromError(error.cause);
  if (!message.startsWith('the TLS') && !message.startsWith('TLS')) return error;
  return new DestinationError(
    'DEST_MISCONFIGURED',
    `${host}: ${message}; a certificate of your own goes into NODE_EXTRA_CA_CERTS`,
    {
      cause: error.cause,
    },
  );
}
