import {
  BatchingDestination,
  compress,
  compressionHeaders,
  connectionSecrets,
  HttpClient,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify, classifyValidation } from './classify.js';
import { createEncoder, encodeBody, isOutsideAcceptedDates, type Encode, type LogRecord } from './encode.js';
import { DATADOG_DEFAULTS, resolveOptions, type DatadogOptions, type ResolvedDatadogOptions } from './options.js';
import { VERSION } from './version.js';

/** Delivers events to the Datadog Logs API. */
export class DatadogDestination extends BatchingDestination<LogRecord> {
  readonly #options: ResolvedDatadogOptions;
  readonly #encode: Encode;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #client: HttpClient;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: DatadogOptions) {
    const resolved = resolveOptions(options);
    super(DATADOG_DEFAULTS, resolved, [resolved.apiKey, ...connectionSecrets(resolved)]);
    this.#options = resolved;
    this.#encode = createEncoder(resolved);
    this.#headers = {
      'dd-api-key': resolved.apiKey,
      'dd-evp-origin': 'grantex',
      'dd-evp-origin-version': VERSION,
    };
    this.#client = new HttpClient(resolved, this.batching);
  }

  protected override encode(event: GrantexEvent, text: string, now: number): LogRecord {
    return this.#encode(event, text, now);
  }

  protected override isStale(batch: Batch<LogRecord>, now: number): boolean {
    return batch.items.some(({ record }) => isOutsideAcceptedDates(record.timestamp, now));
  }

  protected override prepareBatch(batch: Batch<LogRecord>): Promise<string | Uint8Array> {
    const { compression } = this.#options;
    return batch.prepare(() => compress(encodeBody(batch.items.map(({ record }) => record)), compression));
  }

  protected override async sendBatch(batch: Batch<LogRecord>, { signal }: Attempt): Promise<Verdict> {
    const { intakeUrl, compression } = this.#options;
    const reply = await this.#client.exchange({
      url: intakeUrl,
      headers: { ...this.#headers, 'content-type': 'application/json', ...compressionHeaders(compression) },
      body: await this.prepareBatch(batch),
      signal,
    });
    return classify(reply, this.batching.clock.now());
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { validateUrl, intakeUrl } = this.#options;
    const reply = await this.#client.exchange({
      method: 'GET',
      url: validateUrl,
      headers: this.#headers,
      signal,
    });
    return classifyValidation(reply, this.batching.clock.now(), intakeUrl.host);
  }

  protected override queryFor(event: GrantexEvent): string {
    return `@grantex.event_id:${event.id}`;
  }

  protected override async release(): Promise<void> {
    await this.#client.close();
  }
}
