import {
  accepted,
  BatchingDestination,
  codeForStatus,
  createHttpAgent,
  exchange,
  refused,
  retryAfterMs,
  type Attempt,
  type Batch,
  type BatchingOptions,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import type { ReceivedRequest } from '@grantex/testing';

export interface ArrayOptions extends BatchingOptions {
  readonly url: string;
  readonly key?: string;
}

const DEFAULTS = {
  kind: 'array',
  limits: { maxEvents: 10_000, maxBytes: 1_000_000 },
  batchSize: 100,
  flushIntervalMs: 20,
};

/** The smallest destination over HTTP: posts the events' own texts as a JSON array. */
export class ArrayDestination extends BatchingDestination {
  readonly #url: URL;
  readonly #key: string;
  readonly #agent = createHttpAgent(16);

  constructor(options: ArrayOptions) {
    super(DEFAULTS, options, [options.key ?? '']);
    this.#url = new URL(options.url);
    this.#key = options.key ?? 'none';
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return text;
  }

  protected override async sendBatch(batch: Batch<string>, { signal }: Attempt): Promise<Verdict> {
    const reply = await exchange({
      url: this.#url,
      headers: { 'content-type': 'application/json', authorization: this.#key },
      body: await batch.prepare(() => `[${batch.items.map(({ record }) => record).join(',')}]`),
      signal,
      dispatcher: this.#agent,
    });
    if (reply.status < 300) return accepted(reply.status);
    const wait = retryAfterMs(reply, this.batching.clock.now());
    return refused(codeForStatus(reply.status), `the receiver answered ${reply.status} ${reply.text}`, {
      statusCode: reply.status,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'not asked' };
  }

  protected override async release(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** The ids of the events in a request of {@link ArrayDestination}. */
export function idsOf({ body }: Pick<ReceivedRequest, 'body'>): string[] {
  return (JSON.parse(body.toString()) as { id: string }[]).map(({ id }) => id);
}
