import {
  BatchingDestination,
  compress,
  compressionHeaders,
  createHttpAgent,
  exchange,
  type Attempt,
  type Batch,
  type CheckResult,
  type Dispatcher,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { classify, classifyValidation } from './classify.js';
import { createEncoder, isOutsideAcceptedDates, type Encode, type LogRecord } from './encode.js';
import { DATADOG_DEFAULTS, resolveOptions, type DatadogOptions, type ResolvedDatadogOptions } from './options.js';
import { VERSION } from './version.js';

/** Delivers events to the Datadog Logs API. */
export class DatadogDestination extends BatchingDestination<LogRecord> {
  readonly #options: ResolvedDatadogOptions;
  readonly #encode: Encode;
  readonly #headers: Readonly<Record<string, string>>;
  #agent: ReturnType<typeof createHttpAgent> | undefined;

  constructor(options: DatadogOptions) {
    super(DATADOG_DEFAULTS, options, [options.apiKey]);
    this.#options = resolveOptions(options);
    this.#encode = createEncoder(this.#options);
    this.#headers = {
      'dd-api-key': this.#options.apiKey,
      'dd-evp-origin': 'grantex',
      'dd-evp-origin-version': VERSION,
    };
  }

  protected override encode(event: GrantexEvent, text: string, now: number): LogRecord {
    return this.#encode(event, text, now);
  }

  protected override isStale(batch: Batch<LogRecord>, now: number): boolean {
    return batch.items.some(({ record }) => isOutsideAcceptedDates(record.timestamp, now));
  }

  protected override async sendBatch(batch: Batch<LogRecord>, { signal }: Attempt): Promise<Verdict> {
    const { intakeUrl, compression } = this.#options;
    const reply = await exchange({
      url: intakeUrl,
      headers: { ...this.#headers, 'content-type': 'application/json', ...compressionHeaders(compression) },
      body: await batch.prepare(() =>
        compress(`[${batch.items.map(({ record }) => record.json).join(',')}]`, compression),
      ),
      signal,
      dispatcher: this.#dispatcher,
    });
    return classify(reply, this.batching.clock.now());
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const { validateUrl, intakeUrl } = this.#options;
    const reply = await exchange({
      method: 'GET',
      url: validateUrl,
      headers: this.#headers,
      signal,
      dispatcher: this.#dispatcher,
    });
    return classifyValidation(reply, this.batching.clock.now(), intakeUrl.host);
  }

  protected override queryFor(event: GrantexEvent): string {
    return `@grantex.event_id:${event.id}`;
  }

  protected override async release(): Promise<void> {
    await this.#agent?.close();
  }

  get #dispatcher(): Dispatcher {
    return this.#options.dispatcher ?? (this.#agent ??= createHttpAgent(this.batching.concurrency));
  }
}
