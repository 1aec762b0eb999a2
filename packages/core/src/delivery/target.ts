import type { GrantexEvent } from '../events.js';
import type { DeadLetter } from '../journal/journal.js';
import type { BackoffOptions } from '../backoff.js';
import type { Batch } from './batch.js';
import type { Verdict } from './verdict.js';

/** What fits one request of a service. Sizes are UTF-8 bytes before compression. */
export interface BatchLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** One record at most; a larger one becomes a dead letter without being sent. Default: `maxBytes`. */
  readonly maxEventBytes?: number;
  /** What the request adds to the sum of its records: brackets and the like. Default 2. */
  readonly batchOverheadBytes?: number;
  /** What the request adds for each record: a comma or a line feed. Default 1. */
  readonly eventOverheadBytes?: number;
}

/** One try to deliver a batch. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Aborts at the time-out of the attempt, and when the delivery is stopped. */
  readonly signal: AbortSignal;
}

/** A destination as the delivery sees it. */
export interface DeliveryTarget<Record> {
  readonly name: string;
  readonly limits: BatchLimits;
  /** How long a batch may wait to become full, in milliseconds; 0: for ever. */
  readonly flushIntervalMs: number;
  /** For one attempt, the answer included. */
  readonly timeoutMs: number;
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** Events sent per second at most, on average, retries included. 0, or absent: no limit. */
  readonly maxEventsPerSecond?: number;
  readonly backoff: BackoffOptions;
  /** The event's form. An exception makes this one event a dead letter. `now`: Unix epoch, milliseconds. */
  encode(event: GrantexEvent, text: string, now: number): Record;
  /** UTF-8 bytes of a record. */
  sizeOf(record: Record): number;
  /** Events with different partitions never share a batch. */
  partition?(event: GrantexEvent): string;
  /** Looked at before every attempt: whether the records have to be encoded again. */
  isStale?(batch: Batch<Record>, now: number): boolean;
  /**
   * For a destination with stable batches: the state that is stored, with the cut, before the first attempt. May ask the
   * service for it; an exception is judged like one of `sendBatch`. `signal`: as that of an attempt.
   */
  openBatch?(batch: Batch<Record>, signal: AbortSignal): string | Promise<string>;
  /** Makes what the first attempt will need of the batch, while the request before is under way. It may not be called. */
  prepareBatch?(batch: Batch<Record>): Promise<unknown>;
  sendBatch(batch: Batch<Record>, attempt: Attempt): Promise<Verdict>;
  /** Called after a dead letter was stored. */
  onDeadLetter?(letter: Omit<DeadLetter, 'number'>): void;
  /** Takes the secrets out of a text that will be logged or kept. */
  redact(text: string): string;
}
