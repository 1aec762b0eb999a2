import {
  accepted,
  BatchingDestination,
  type Attempt,
  type Batch,
  type BatchingOptions,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { DatadogDestination, type DatadogOptions } from '@grantex/destination-datadog';
import { numberOf } from './day-stream.ts';
import type { Intake } from './intake.ts';

const HOUR_MS = 3_600_000;
/** Younger than this an event keeps its date whatever happens; older than {@link OLDEST_MS} it cannot. */
const SURELY_ON_TIME_MS = 17.9 * HOUR_MS;
const OLDEST_MS = 18 * HOUR_MS;

/** A log as the destination encodes it. */
interface DatedLog {
  readonly json: string;
  readonly bytes: number;
  /** Unix epoch, milliseconds. */
  readonly timestamp: number;
}

/** The real destination, and what one sees of its requests from outside. */
export class WatchedDatadog extends DatadogDestination {
  readonly #intake: Intake;
  readonly #eventsPerSecond: number;
  /** Requests that wait for their answer: until then the clock has to stand still. */
  inFlight = 0;
  attempts = 0;
  /** Sent with the date of the sending, because their own one would not be taken. */
  late = 0;
  /** Late ones that were not dated anew, or others that were. */
  wronglyDated = 0;
  /** Requests that began before the rate allowed it. */
  tooEarly = 0;
  /** Most events that were sent within one second of the clock. */
  mostInSecond = 0;
  #mayBeginAt = 0;
  #second = 0;
  #inSecond = 0;

  constructor(options: DatadogOptions & { readonly maxEventsPerSecond: number }, intake: Intake) {
    super(options);
    this.#intake = intake;
    this.#eventsPerSecond = options.maxEventsPerSecond;
  }

  protected override async sendBatch(batch: Batch<DatedLog>, attempt: Attempt): Promise<Verdict> {
    const now = this.batching.clock.now();
    this.#intake.setTime(now);
    this.attempts++;
    this.#notePace(batch.size, now);
    this.inFlight++;
    try {
      const verdict = await super.sendBatch(batch, attempt);
      if (verdict.outcome === 'accepted') this.#noteDates(batch, now);
      return verdict;
    } finally {
      this.inFlight--;
    }
  }

  #notePace(events: number, now: number): void {
    if (now < this.#mayBeginAt) this.tooEarly++;
    this.#mayBeginAt = now + (events * 1_000) / this.#eventsPerSecond;
    const second = Math.floor(now / 1_000);
    this.#inSecond = (second === this.#second ? this.#inSecond : 0) + events;
    this.#second = second;
    this.mostInSecond = Math.max(this.mostInSecond, this.#inSecond);
  }

  #noteDates({ items }: Batch<DatedLog>, now: number): void {
    for (const { event, record } of items) {
      const createdAt = Date.parse(event.createdAt);
      const isLate = record.json.includes('late:true') && record.json.includes('"grantex.created_at"');
      const age = now - createdAt;
      if (isLate) this.late++;
      const isRight = isLate ? age > SURELY_ON_TIME_MS : age <= OLDEST_MS && record.timestamp === createdAt;
      if (!isRight) this.wronglyDated++;
    }
  }
}

/** One that is always well, and takes everything at once. */
export class HealthyDestination extends BatchingDestination {
  taken = 0;
  notInOrder = 0;

  constructor(options: BatchingOptions & { readonly batchSize: number }) {
    const { batchSize } = options;
    super({ kind: 'healthy', limits: { maxEvents: batchSize, maxBytes: 10_000_000 }, batchSize }, options);
  }

  protected override encode({ id }: GrantexEvent): string {
    return id;
  }

  protected override async sendBatch({ items }: Batch<string>): Promise<Verdict> {
    for (const { record } of items) if (numberOf(record) !== ++this.taken) this.notInOrder++;
    return accepted(200);
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'well' };
  }
}
