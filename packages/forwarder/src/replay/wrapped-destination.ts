import {
  accepted,
  BatchingDestination,
  type Attempt,
  type Batch,
  type BatchingOptions,
  type CheckResult,
  type EventDestination,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';

/** The key under which a batching destination shows itself, of whichever copy of the core package. */
const DELIVERY_TARGET = Symbol.for('grantex.delivery-target.1');

/** Events that `send` is called with at most, as in a source. */
const MAX_EVENTS = 100;
const TIMEOUT_MS = 60_000;

/** Whether it retries, holds and gives up by itself. */
export function isBatching(destination: EventDestination): boolean {
  return DELIVERY_TARGET in destination;
}

/** A destination that is only `send`, `flush` and `close`: with the engine around it, as in a source. */
export class WrappedDestination extends BatchingDestination {
  readonly #destination: EventDestination;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(destination: EventDestination, options: BatchingOptions) {
    super(
      {
        kind: destination.name,
        limits: { maxEvents: MAX_EVENTS, maxBytes: Number.MAX_SAFE_INTEGER },
        batchSize: MAX_EVENTS,
        timeoutMs: TIMEOUT_MS,
      },
      { ...options, name: destination.name },
    );
    this.#destination = destination;
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return text;
  }

  protected override async sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    // A call that has not returned is never joined by another one.
    await this.#underWay;
    attempt.signal.throwIfAborted();
    const call = this.#sendAndFlush(batch);
    this.#underWay = call.catch(() => {}); // The failure is told by the verdict; here only the end matters.
    return call;
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'not asked' };
  }

  protected override async release(): Promise<void> {
    await this.#destination.close();
  }

  async #sendAndFlush(batch: Batch<string>): Promise<Verdict> {
    await this.#destination.send(batch.items.map(({ text }) => JSON.parse(text) as GrantexEvent));
    await this.#destination.flush();
    return accepted();
  }
}
