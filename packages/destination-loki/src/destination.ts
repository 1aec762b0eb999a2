import {
  BatchingDestination,
  compress,
  compressionHeaders,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Reply,
  type Verdict,
} from '@grantex/core';
import { classify, classifyEmptyPush } from './classify.js';
import { encodeEvent, encodePush, type LokiEntry } from './encode.js';
import { selectorOf } from './labels.js';
import { batchingDefaults, resolveOptions, type LokiOptions, type ResolvedLokiOptions } from './options.js';
import { VERSION } from './version.js';

/** A push without a stream: it is answered like any other, and stores nothing. */
const EMPTY_PUSH = '{"streams":[]}';

/** Delivers events to Grafana Loki, all of them in one stream. */
export class LokiDestination extends BatchingDestination<LokiEntry> {
  readonly #options: ResolvedLokiOptions;
  readonly #client: HttpClient;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: LokiOptions) {
    const resolved = resolveOptions(options);
    super(batchingDefaults(resolved), resolved, resolved.secrets);
    this.#options = resolved;
    this.#client = new HttpClient(resolved, this.batching);
  }

  protected override encode(event: GrantexEvent, text: string): LokiEntry {
    return encodeEvent(event, text, this.#options.structuredMetadata);
  }

  protected override prepareBatch(batch: Batch<LokiEntry>): Promise<string | Uint8Array> {
    const { labels, compression } = this.#options;
    return batch.prepare(() => compress(encodePush(labels, entriesOf(batch)), compression));
  }

  protected override async sendBatch(batch: Batch<LokiEntry>, { signal }: Attempt): Promise<Verdict> {
    const reply = await this.#push(await this.prepareBatch(batch), signal);
    return classify(reply, this.batching.clock.now(), this.#options.pushUrl.host, entriesOf(batch));
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const reply = await this.#push(await compress(EMPTY_PUSH, this.#options.compression), signal);
    return classifyEmptyPush(reply, this.batching.clock.now(), this.#options.pushUrl.host);
  }

  protected override queryFor({ id }: GrantexEvent): string {
    const { labels, structuredMetadata } = this.#options;
    const value = JSON.stringify(id);
    return `${selectorOf(labels)} ${structuredMetadata ? `| event_id=${value}` : `|= ${value}`}`;
  }

  protected override async release(): Promise<void> {
    await this.#client.close();
  }

  #push(body: string | Uint8Array, signal: AbortSignal): Promise<Reply> {
    const { pushUrl, headers, compression } = this.#options;
    return this.#client.exchange({
      url: pushUrl,
      headers: {
        ...headers,
        // Without it, or with another one, Loki reads the body as snappy.
        'content-type': 'application/json',
        ...compressionHeaders(compression),
        'user-agent': `grantex-destination-loki/${VERSION}`,
      },
      body,
      signal,
    });
  }
}

function entriesOf(batch: Batch<LokiEntry>): readonly LokiEntry[] {
  return batch.items.map(({ record }) => record);
}
