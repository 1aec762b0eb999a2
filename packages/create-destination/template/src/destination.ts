import {
  BatchingDestination,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify, classifyCheck } from './classify.js';
import { encodeBody, encodeEvent } from './encode.js';
import { ACME_DEFAULTS, resolveOptions, type AcmeOptions, type ResolvedAcmeOptions } from './options.js';

/** Delivers events to Acme. Batches, retries, order and waiting are the base class's. */
export class AcmeDestination extends BatchingDestination {
  readonly #options: ResolvedAcmeOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #client: HttpClient;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: AcmeOptions) {
    const resolved = resolveOptions(options);
    // The third argument is kept out of every message and log line, also when the service sends it back.
    super(ACME_DEFAULTS, resolved, resolved.secrets);
    this.#options = resolved;
    this.#headers = { authorization: `Bearer ${resolved.apiKey}`, 'user-agent': 'grantex-destination-acme' };
    this.#client = new HttpClient(resolved, this.batching);
  }

  protected override encode(event: GrantexEvent, text: string): string {
    return encodeEvent(event, text, this.#options);
  }

  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    // Made once, so that a retry has the same bytes.
    const body = await batch.prepare(() => encodeBody(batch.items.map(({ record }) => record)));
    const reply = await this.#client.exchange({
      method: 'POST',
      url: this.#options.url,
      headers: { ...this.#headers, 'content-type': 'application/json' },
      body,
      signal, // ends the request at its time-out, and when the program stops
    });
    return classify(reply, this.batching.clock.now());
  }

  /** Asks without an event: `HEAD` shows whether the service is there, and most services look at the key first. */
  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { url } = this.#options;
    const reply = await this.#client.exchange({ method: 'HEAD', url, headers: this.#headers, signal });
    return classifyCheck(reply, this.batching.clock.now());
  }

  protected override async release(): Promise<void> {
    await this.#client.close();
  }
}
