import {
  Batch,
  BatchingDestination,
  silentLogger,
  type Attempt,
  type CheckResult,
  type Clock,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import type { Ledger, SentRequest } from './ledger.ts';
import type { DestinationPlan } from './plan.ts';
import type { Service } from './service.ts';
import type { Life, World } from './world.ts';

/** One attempt of a destination. */
export type Send = (batch: Batch<string>, attempt: Attempt) => Promise<Verdict>;

export interface DestinationParts {
  readonly plan: DestinationPlan;
  /** What this life's options say, whatever the lives before had. */
  readonly batchSize: number;
  readonly service: Service;
  readonly world: World;
  readonly life: Life;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Puts a fault around `sendBatch`. */
  readonly wrapSend: ((send: Send) => Send) | undefined;
}

const TIMEOUT_MS = 10_000;

/** A destination of the real kind; only its exchange is simulated. It watches over what the engine asks of it. */
export class SimulatedDestination extends BatchingDestination {
  readonly #parts: DestinationParts;
  readonly #send: Send;
  #inFlight = 0;
  /** Nothing may be sent before: the service asked for it. */
  #notBefore = 0;

  constructor(parts: DestinationParts) {
    const { plan, batchSize, clock, wrapSend } = parts;
    const { name, concurrency, flushIntervalMs, maxBatchBytes } = plan;
    super(
      { kind: name, limits: { maxEvents: 1_000, maxBytes: 1_000_000 }, batchSize },
      { concurrency, flushIntervalMs, maxBatchBytes, timeoutMs: TIMEOUT_MS, clock, logger: silentLogger },
    );
    this.#parts = parts;
    const send: Send = (batch, attempt) => this.#exchange(batch, attempt);
    this.#send = wrapSend?.(send) ?? send;
  }

  protected override encode(_event: GrantexEvent, text: string): string {
    return text;
  }

  protected override sendBatch(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    return this.#send(batch, attempt);
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: '' };
  }

  async #exchange(batch: Batch<string>, attempt: Attempt): Promise<Verdict> {
    const { ledger, service, life, world } = this.#parts;
    const items = batch.items.map(({ event, record }) => ({ id: event.id, text: record }));
    const request: SentRequest = {
      number: ledger.requests.length + 1,
      destination: this.name,
      life: life.number,
      ids: items.map(({ id }) => id),
      key: batch.state,
      acknowledged: new Set(),
    };
    ledger.requests.push(request);
    world.note(() => `${this.name}: request ${request.number} asks for ${positionsOf(batch)}${keyOf(batch)}`);
    this.#inFlight++;
    this.#watchLimits(batch);
    if (request.key !== undefined) ledger.noteKey(request, request.key);
    try {
      const verdict = await service.exchange(request, items, life, attempt.signal);
      if (verdict.outcome === 'refused' && verdict.retryAfterMs !== undefined) {
        this.#notBefore = Math.max(this.#notBefore, world.now + verdict.retryAfterMs);
      }
      return verdict;
    } finally {
      this.#inFlight--;
    }
  }

  #watchLimits(batch: Batch<string>): void {
    const { plan, batchSize, ledger, world } = this.#parts;
    if (this.#inFlight > plan.concurrency) ledger.violated(`${this.name}: ${this.#inFlight} requests in flight`);
    // A batch with a key may have been cut under another life's options.
    if (batch.state !== undefined) return;
    if (batch.size > batchSize) ledger.violated(`${this.name}: ${batch.size} events in a request, not ${batchSize}`);
    if (batch.size > 1 && batch.bytes > plan.maxBatchBytes) {
      ledger.violated(`${this.name}: ${batch.bytes} bytes in a request, not ${plan.maxBatchBytes}`);
    }
    // Side by side, a request may have been on its way already. Clocks show whole milliseconds.
    if (plan.concurrency === 1 && world.now < this.#notBefore - 1) {
      ledger.violated(
        `${this.name}: a request ${Math.ceil(this.#notBefore - world.now)} ms before Retry-After is over`,
      );
    }
  }
}

/** The same with stable batches: their members and their key stay the same, whatever comes between. */
export class StableDestination extends SimulatedDestination {
  readonly #life: Life;
  #keys = 0;

  constructor(parts: DestinationParts) {
    super(parts);
    this.#life = parts.life;
  }

  protected override openBatch(): string {
    return `key-${this.#life.number}-${++this.#keys}`;
  }
}

function positionsOf(batch: Batch<string>): string {
  return batch
    .ranges()
    .map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`))
    .join(', ');
}

function keyOf(batch: Batch<string>): string {
  return batch.state === undefined ? '' : ` under ${batch.state}`;
}
