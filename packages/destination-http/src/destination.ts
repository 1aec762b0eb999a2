import {
  BatchingDestination,
  compress,
  compressionHeaders,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify, classifyHead } from './classify.js';
import { CONTENT_TYPES, encodeBody, encodeEvent } from './encode.js';
import { HTTP_DEFAULTS, resolveOptions, type HttpOptions, type ResolvedHttpOptions } from './options.js';
import { messageId, signatureHeaders } from './signature.js';
import { VERSION } from './version.js';

interface Message {
  readonly id: string;
  readonly body: string | Uint8Array;
}

/** Delivers events to an HTTP endpoint. */
export class HttpDestination extends BatchingDestination {
  readonly #options: ResolvedHttpOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #client: HttpClient;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: HttpOptions) {
    const resolved = resolveOptions(options);
    super(HTTP_DEFAULTS, resolved, resolved.secrets);
    this.#options = resolved;
    this.#headers = { 'user-agent': `grantex-destination-http/${VERSION}`, ...resolved.headers };
    this.#client = new HttpClient(resolved, this.batching);
  }

  protected override encode(event: GrantexEvent, text: string): string {
    return encodeEvent(event, text, this.#options);
  }

  protected override prepareBatch(batch: Batch<string>): Promise<Message> {
    const { format, compression } = this.#options;
    return batch.prepare(async () => ({
      id: messageId(batch.items.map(({ event }) => event.id)),
      body: await compress(
        encodeBody(
          batch.items.map(({ record }) => record),
          format,
        ),
        compression,
      ),
    }));
  }

  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    const { url, method, format, compression, signingKeys } = this.#options;
    const { id, body } = await this.prepareBatch(batch);
    const now = this.batching.clock.now();
    const reply = await this.#client.exchange({
      method,
      url,
      headers: {
        ...this.#headers,
        'content-type': CONTENT_TYPES[format],
        ...compressionHeaders(compression),
        'idempotency-key': id,
        ...(signingKeys.length > 0 && signatureHeaders(signingKeys, id, body, now)),
      },
      body,
      signal,
    });
    return classify(reply, this.batching.clock.now(), this.#options);
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { url } = this.#options;
    const reply = await this.#client.exchange({ method: 'HEAD', url, headers: this.#headers, signal });
    return classifyHead(reply, this.batching.clock.now(), this.#options);
  }

  protected override async release(): Promise<void> {
    await this.#client.close();
  }
}
