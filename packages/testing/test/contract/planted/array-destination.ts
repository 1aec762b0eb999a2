import {
  accepted,
  BatchingDestination,
  codeForStatus,
  createHttpAgent,
  exchange,
  partlyAccepted,
  refused,
  retryAfterMs,
  type Attempt,
  type Batch,
  type BatchingOptions,
  type CheckResult,
  type GrantexEvent,
  type Refusal,
  type Reply,
  type Verdict,
} from '@grantex/core';

export interface ArrayOptions extends BatchingOptions {
  readonly url: string;
  readonly key: string;
}

const DEFAULTS = { kind: 'array', limits: { maxEvents: 1_000, maxBytes: 1_000_000 }, batchSize: 100 };

/** A good destination: posts the events' own texts as a JSON array. The bad ones beside it differ in one thing each. */
export class ArrayDestination extends BatchingDestination {
  protected readonly url: URL;
  protected readonly headers: Readonly<Record<string, string>>;
  readonly agent: ReturnType<typeof createHttpAgent> = createHttpAgent(16);

  constructor(options: ArrayOptions, secrets: readonly string[] = [options.key]) {
    super(DEFAULTS, options, secrets);
    this.url = new URL(options.url);
    this.headers = { 'content-type': 'application/json' };
    // Not to be seen when somebody prints the destination.
    Object.defineProperty(this, 'headers', {
      enumerable: false,
      value: { ...this.headers, authorization: options.key },
    });
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return text;
  }

  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    const body = await batch.prepare(() => `[${batch.items.map(({ record }) => record).join(',')}]`);
    return this.classify(await this.post(body, attempt.signal), batch);
  }

  protected post(body: string, signal: AbortSignal): Promise<Reply> {
    return exchange({ url: this.url, headers: this.headers, body, signal, dispatcher: this.agent });
  }

  protected classify(reply: Reply, batch: Batch<string>): Verdict {
    if (reply.status === 207) return partlyAccepted(refusalsIn(reply.text, batch), reply.status);
    if (reply.status < 300) return accepted(reply.status);
    const wait = retryAfterMs(reply, this.batching.clock.now());
    return refused(codeForStatus(reply.status), `the receiver answered ${reply.status} ${reply.text}`, {
      statusCode: reply.status,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }

  protected override async checkService(signal: AbortSignal): Promise<CheckResult> {
    const url = new URL('/check', this.url);
    const { status } = await exchange({ method: 'GET', url, headers: this.headers, signal, dispatcher: this.agent });
    return { ok: status < 300, statusCode: status, message: `the receiver answered ${status}` };
  }

  protected override async release(): Promise<void> {
    await this.agent.destroy();
  }
}

/** The body of a partial answer. */
export interface PartialAnswer {
  readonly again: readonly string[];
  readonly rejected: readonly string[];
}

function refusalsIn(text: string, batch: Batch<string>): Map<number, Refusal> {
  const { again, rejected } = JSON.parse(text) as PartialAnswer;
  const refusals = new Map<number, Refusal>();
  for (const [index, { event }] of batch.items.entries()) {
    if (again.includes(event.id)) refusals.set(index, refused('DEST_UNAVAILABLE', 'try this one again'));
    if (rejected.includes(event.id)) refusals.set(index, refused('DEST_REJECTED', 'not this one'));
  }
  return refusals;
}
