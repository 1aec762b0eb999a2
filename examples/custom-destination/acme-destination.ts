// A destination of one's own that sends batches: the engine retries, holds, halves and keeps the order.
import {
  accepted,
  type Attempt,
  type Batch,
  BatchingDestination,
  type BatchingOptions,
  type CheckResult,
  codeForStatus,
  createHttpAgent,
  exchange,
  type GrantexEvent,
  refused,
  type Verdict,
} from '@grantex/core';

/** What the service takes in one request. For yours: the numbers from its documentation. */
const DEFAULTS = { kind: 'acme', limits: { maxEvents: 1_000, maxBytes: 1_000_000 }, batchSize: 100 };

export interface AcmeOptions extends BatchingOptions {
  readonly url: string;
  readonly token: string;
}

export class AcmeDestination extends BatchingDestination {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = createHttpAgent(1);

  constructor({ url, token, ...options }: AcmeOptions) {
    super(DEFAULTS, options, [token]); // the token is kept out of every message
    this.#url = new URL(url);
    this.#headers = { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` };
  }

  /** How an event looks there: its own text, on one line. */
  protected override encode(_event: GrantexEvent, text: string): string {
    return text.replaceAll(/[\r\n]+/g, ' ');
  }

  /** One exchange. What its answer means is returned; what is thrown counts as temporary. */
  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    const body = batch.items.map(({ record }) => `${record}\n`).join('');
    const { status } = await exchange({
      url: this.#url,
      headers: this.#headers,
      body,
      signal,
      dispatcher: this.#agent,
    });
    if (status < 300) return accepted(status);
    return refused(codeForStatus(status), `Acme replied ${status}`, { statusCode: status });
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const request = {
      method: 'HEAD',
      url: this.#url,
      headers: this.#headers,
      signal,
      dispatcher: this.#agent,
    } as const;
    const { status } = await exchange(request);
    return { ok: status < 300, statusCode: status, message: `Acme replied ${status}` };
  }

  protected override async release(): Promise<void> {
    await this.#agent.close();
  }
}
