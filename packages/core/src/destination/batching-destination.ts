import type { GrantexEvent } from '../events.js';
import { eventOutsideCatalogue } from '../events.js';
import { GrantexError } from '../errors.js';
import { attemptOnce } from '../delivery/attempt.js';
import { Batch } from '../delivery/batch.js';
import { refusalFromError } from '../delivery/refusal-from-error.js';
import type { Attempt, DeliveryTarget } from '../delivery/target.js';
import type { Verdict } from '../delivery/verdict.js';
import {
  resolveBatchingOptions,
  type BatchingDefaults,
  type BatchingOptions,
  type BatchingParts,
} from './batching-options.js';
import type { CheckResult, EventDestination, TestResult } from './destination.js';
import { StandaloneDelivery } from './standalone-delivery.js';
import { makeOwnEvent } from '../own-event.js';
import { deliveryTarget } from './delivery-target.js';
import { redaction } from './redaction.js';

const TEST_DATA = { message: 'A test event, sent to see whether this destination works.' };

/** A record whose size the engine can tell. */
export type SizedRecord = string | Uint8Array | { readonly bytes: number };

/**
 * The base of destinations that send batches. A subclass says how an event looks there (`encode`) and makes one exchange
 * (`sendBatch`); batching, order, retries, holding, halving and dead letters are the engine's.
 *
 * In a source the engine reads from the source's journal. Used alone, the destination has a journal in memory of its
 * own: `send()` resolves when the events are accepted (and waits while it is full), `flush()` when all accepted before
 * it are settled, `close()` flushes and frees.
 */
export abstract class BatchingDestination<Record extends SizedRecord = string> implements EventDestination {
  readonly name: string;
  protected readonly batching: BatchingParts;
  #alone: StandaloneDelivery<Record> | undefined;
  #closing: Promise<void> | undefined;

  /** `secrets` are taken out of every message that is logged or kept. */
  constructor(defaults: BatchingDefaults, options: BatchingOptions, secrets: readonly string[] = []) {
    this.batching = { ...resolveBatchingOptions(defaults, options), redact: redaction(secrets) };
    this.name = this.batching.name;
  }

  /**
   * The event's form in the service. Pure but for `now` (Unix epoch, milliseconds). `event` is shared: read it only. An
   * exception makes this one event a dead letter, with the exception's message as the reason.
   */
  protected abstract encode(event: GrantexEvent, text: string, now: number): Record;

  /**
   * One exchange. What the answer means is returned as a verdict; what is thrown counts as temporary unless it is a
   * `DestinationError` that says otherwise. Has to end when `attempt.signal` aborts.
   */
  protected abstract sendBatch(batch: Batch<Record>, attempt: Attempt): Promise<Verdict>;

  /**
   * Asks the service whether it knows us, without sending an event: the key, and the table, index or bucket. What is
   * thrown becomes the message.
   */
  protected abstract checkService(signal: AbortSignal): Promise<CheckResult>;

  /**
   * Makes what `sendBatch` needs of the batch, with `batch.prepare`: its compressed body, say. Called while the request before
   * is under way, or not at all, so `sendBatch` asks for it as well. What it throws then is not looked at.
   */
  protected prepareBatch?(batch: Batch<Record>): Promise<unknown>;
  /** Events with different partitions never share a batch. */
  protected partition?(event: GrantexEvent): string;
  /** Looked at before every attempt: whether the batch has to be encoded again, because time has passed. */
  protected isStale?(batch: Batch<Record>, now: number): boolean;
  /**
   * For stable batches: the state that is stored with the cut before the first attempt, and given back as `batch.state`. May
   * ask the service for it: an exception counts as one of `sendBatch`. Has to end when `signal` aborts.
   */
  protected openBatch?(batch: Batch<Record>, signal: AbortSignal): string | Promise<string>;
  /** What to enter in the service to find this event. */
  protected queryFor?(event: GrantexEvent): string;
  /** Frees the client. Called once, after the last batch. */
  protected release?(): Promise<void>;

  /** Asks the service whether it knows us, without sending an event. Never rejects; ends within `timeoutMs`. */
  async check(): Promise<CheckResult> {
    const { clock, timeoutMs } = this.batching;
    const asking = new AbortController();
    const timer = new AbortController();
    const late = `no answer within ${timeoutMs} ms`;
    const timedOut = clock.sleep(timeoutMs, timer.signal).then(async () => {
      asking.abort(new Error(late));
      // Who listens to the signal says more; who does not is not waited for.
      await new Promise((resolve) => setImmediate(resolve));
      return { ok: false, message: late };
    });
    timedOut.catch(() => {}); // The answer came first.
    let result: CheckResult;
    try {
      result = await Promise.race([this.checkService(asking.signal), timedOut]);
    } catch (error) {
      result = { ok: false, message: refusalFromError(error).message };
    } finally {
      timer.abort();
    }
    return { ...result, message: this.redact(result.message) };
  }

  /** Delivers one synthetic event of type `grantex.test`, in one attempt. */
  async sendTest(): Promise<TestResult> {
    const { clock } = this.batching;
    const event = eventOutsideCatalogue(makeOwnEvent('grantex.test', TEST_DATA, clock.now()));
    const text = JSON.stringify(event);
    const query = this.queryFor?.(event);
    const found = { eventId: event.id, ...(query !== undefined && { query }) };
    let verdict: Verdict;
    try {
      const record = this.encode(event, text, clock.now());
      const batch = new Batch([{ position: 0, partition: '', event, text, record, bytes: sizeOf(record) }]);
      const { signal: ended } = new AbortController();
      verdict = await attemptOnce(this[deliveryTarget](), batch, { number: 1, clock, ended });
    } catch (error) {
      verdict = refusalFromError(error);
    }
    const statusCode = verdict.statusCode === undefined ? {} : { statusCode: verdict.statusCode };
    if (verdict.outcome === 'accepted') return { ok: true, ...statusCode, message: 'accepted', ...found };
    const [refusal] = verdict.outcome === 'refused' ? [verdict] : verdict.refusals.values();
    return { ok: false, ...statusCode, message: this.redact(refusal?.message ?? 'refused'), ...found };
  }

  async send(events: readonly GrantexEvent[]): Promise<void> {
    if (this.#closing !== undefined) throw new GrantexError('STATE_INVALID', `${this.name}: send() after close()`);
    this.#alone ??= new StandaloneDelivery(this[deliveryTarget](), this.batching);
    await this.#alone.send(events);
  }

  async flush(): Promise<void> {
    await this.#alone?.flush();
  }

  /** Delivers what is left, and frees the client. Every call resolves when that is done. */
  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** How the engine sees this destination; found by the symbol, since two copies of this class may be loaded. */
  [deliveryTarget](): DeliveryTarget<Record> {
    const { name, limits, flushIntervalMs, timeoutMs, concurrency, backoff, onDeadLetter } = this.batching;
    const { maxEventsPerSecond } = this.batching;
    return {
      name,
      limits,
      flushIntervalMs,
      timeoutMs,
      concurrency,
      maxEventsPerSecond,
      backoff,
      sizeOf,
      encode: (event, text, now) => this.encode(event, text, now),
      sendBatch: (batch, attempt) => this.sendBatch(batch, attempt),
      redact: (text) => this.redact(text),
      ...(this.prepareBatch && { prepareBatch: async (batch) => this.prepareBatch?.(batch) }),
      ...(this.partition && { partition: (event) => this.partition?.(event) ?? '' }),
      ...(this.isStale && { isStale: (batch, now) => this.isStale?.(batch, now) ?? false }),
      ...(this.openBatch && { openBatch: (batch, signal) => this.openBatch?.(batch, signal) ?? '' }),
      ...(onDeadLetter && { onDeadLetter }),
    };
  }

  async #end(): Promise<void> {
    try {
      await this.#alone?.close();
    } finally {
      await this.release?.();
    }
  }

  /** Takes the secrets out of a text. */
  protected redact(text: string): string {
    return this.batching.redact(text);
  }
}

function sizeOf(record: SizedRecord): number {
  if (typeof record === 'string') return Buffer.byteLength(record);
  return record instanceof Uint8Array ? record.byteLength : record.bytes;
}
