import type { Clock } from '../clock.js';
import { LONGEST_RETRY_AFTER_MS } from '../http-answer.js';
import { attemptOnce } from './attempt.js';
import { backoffDelay } from '../backoff.js';
import type { DeliveryStatus } from './delivery-status.js';
import { Hold } from './hold.js';
import type { Lifetime } from './lifetime.js';
import { Pace } from './pace.js';
import { refusalFromError } from './refusal-from-error.js';
import type { Suspects } from './suspects.js';
import type { DeliveryTarget } from './target.js';
import { accepted, CONSEQUENCES, type PartlyAccepted, type Refusal, type Verdict } from './verdict.js';
import type { Work } from './work.js';

/** What is decided about a batch after one or more attempts. */
export type Decision =
  | { readonly kind: 'accepted'; readonly statusCode: number | undefined }
  | { readonly kind: 'partly accepted'; readonly verdict: PartlyAccepted }
  /** The offender is one of several. */
  | { readonly kind: 'halve' }
  /** A single event was refused for its content. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** No event of it can be sent any more; all of them are dead letters. */
  | { readonly kind: 'nothing left' }
  /** The delivery ended before. */
  | { readonly kind: 'ended' };

/** Whether an attempt can be made. Not when nothing of the batch is left to be sent, nor when the delivery has ended. */
export type Readiness = 'ready' | 'nothing left' | 'ended';

/**
 * Makes attempts until there is a decision, and does all the waiting: backoff, what the service asks for, the pace, and
 * the hold while a setting is wrong. Which answer leads where is the table of {@link CONSEQUENCES}.
 */
export class Retry<Record> {
  readonly #target: DeliveryTarget<Record>;
  readonly #suspects: Suspects<Record>;
  readonly #status: DeliveryStatus;
  readonly #lifetime: Lifetime;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #prepare: (work: Work<Record>) => Promise<Readiness | Refusal>;
  readonly #hold: Hold;
  readonly #pace: Pace;
  /** No request before this time: the service asked for it. Unix epoch, milliseconds. */
  #notBefore = 0;

  constructor(parts: {
    readonly target: DeliveryTarget<Record>;
    readonly suspects: Suspects<Record>;
    readonly status: DeliveryStatus;
    readonly lifetime: Lifetime;
    readonly clock: Clock;
    readonly random: () => number;
    /** Makes the batch ready for an attempt; a refusal when the service is asked for that. */
    readonly prepare: (work: Work<Record>) => Promise<Readiness | Refusal>;
  }) {
    this.#target = parts.target;
    this.#suspects = parts.suspects;
    this.#status = parts.status;
    this.#lifetime = parts.lifetime;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#prepare = parts.prepare;
    this.#hold = new Hold(parts.target.backoff);
    this.#pace = new Pace(parts.target.maxEventsPerSecond ?? 0, parts.lifetime, parts.clock);
  }

  async untilDecided(work: Work<Record>): Promise<Decision> {
    for (;;) {
      const outcome =
        this.#takePending(work) ?? ((await this.mayAttempt(work.batch.size)) ? await this.attempt(work) : ENDED);
      if ('kind' in outcome) return outcome;
      const decision = await this.#judge(work, outcome);
      if (decision !== undefined) return decision;
    }
  }

  /**
   * Waits for what the service asked for, for the pace, and for the end of a hold or this caller's turn to probe. False at
   * the end; otherwise an attempt with so many events follows.
   */
  async mayAttempt(events = 1): Promise<boolean> {
    while (await this.#waitForService()) {
      if (this.#hold.refusal === undefined) {
        // Without a limit there is nothing to wait for, not even for a moment in which a hold might begin.
        if (this.#pace.isUnlimited) return true;
        if (await this.#pace.turn(events, () => this.#isTime && this.#hold.refusal === undefined)) return true;
        continue;
      }
      const delay = this.#hold.takeProbe();
      if (delay === undefined) {
        await this.#hold.changed();
        continue;
      }
      // Being stopped cuts it short: a held destination gets one attempt.
      await this.#lifetime.pause(delay);
      return this.waitAsAsked(events);
    }
    return false;
  }

  /** Waits for the time that the service asked for, and for the pace. False at the end; otherwise an attempt follows. */
  async waitAsAsked(events = 1): Promise<boolean> {
    while (await this.#waitForService()) {
      if (this.#pace.isUnlimited || (await this.#pace.turn(events, () => this.#isTime))) return true;
    }
    return false;
  }

  /** There is nothing to probe with after all: the next probe may be anybody's. */
  skipProbe(): void {
    this.#hold.probed();
  }

  /** One attempt, now: a decision, or the refusal of the whole batch. */
  async attempt(work: Work<Record>): Promise<Decision | Refusal> {
    try {
      const readiness = await this.#prepare(work);
      if (readiness !== 'ready') {
        this.#hold.probed();
        if (typeof readiness === 'string') return { kind: readiness };
        if (this.#lifetime.isOver) return ENDED;
        this.#noteRefusal(readiness);
        return readiness;
      }
    } catch (error) {
      this.#hold.probed();
      return refusalFromError(error);
    }
    this.#status.requests++;
    if (work.attempts > 0) this.#status.retries++;
    work.lastAt = this.#clock.now();
    work.firstAt ||= work.lastAt;
    work.attempts++;
    const request = this.#suspects.beginRequest(work);
    const answer = await attemptOnce(this.#target, work.batch, {
      number: work.attempts,
      clock: this.#clock,
      ended: this.#lifetime.cutOff,
    });
    const verdict = simplify(answer, work.batch.size);
    this.#hold.probed();
    if (verdict.outcome === 'refused') {
      if (this.#lifetime.isOver) return ENDED;
      this.#noteRefusal(verdict);
      return verdict;
    }
    const isTakenInPart = verdict.outcome === 'accepted' || verdict.refusals.size < work.batch.size;
    if (isTakenInPart) {
      this.#suspects.noteAccepted(request);
      this.#hold.end();
      this.#status.delivering();
    }
    if (verdict.outcome === 'partly accepted') return { kind: 'partly accepted', verdict };
    return { kind: 'accepted', statusCode: verdict.statusCode };
  }

  /** From now on only probes are sent. A delivery that is being stopped has had its one attempt, and ends. */
  hold(refusal: Refusal): void {
    this.#hold.begin(refusal);
    this.#status.holding(refusal);
    if (this.#lifetime.isStopping) this.#lifetime.end();
  }

  /** Holds if that is what follows from the refusal. */
  holdIfDue(refusal: Refusal): void {
    if (CONSEQUENCES[refusal.code] === 'hold') this.hold(refusal);
  }

  /** Makes those who wait look at the lifetime again. */
  wake(): void {
    this.#hold.wake();
  }

  /** Whether the service has not asked for more time, and the delivery goes on. */
  get #isTime(): boolean {
    return !this.#lifetime.isOver && this.#notBefore <= this.#clock.now();
  }

  /** Waits for the time that the service asked for, if it is still to come. False at the end. */
  async #waitForService(): Promise<boolean> {
    while (!this.#lifetime.isOver && !this.#isTime) await this.#lifetime.wait(this.#notBefore - this.#clock.now());
    return !this.#lifetime.isOver;
  }

  /** Acts on a refusal: undefined when another attempt is to be made. */
  async #judge(work: Work<Record>, refusal: Refusal): Promise<Decision | undefined> {
    switch (CONSEQUENCES[refusal.code]) {
      case 'hold':
        this.hold(refusal);
        return undefined;
      case 'retry':
        await this.#backOff(work, refusal);
        return undefined;
      case 'retry, then halve': {
        const isSame = work.isSameAgain(refusal);
        await this.#backOff(work, refusal);
        return isSame ? this.#divide(work, refusal) : undefined;
      }
      case 'halve':
        return this.#divide(work, refusal);
    }
  }

  /** What a partial answer said about these events, if that has not been acted on. */
  #takePending(work: Work<Record>): Refusal | undefined {
    const { pending } = work;
    work.pending = undefined;
    if (pending !== undefined) this.#noteRefusal(pending);
    return pending;
  }

  #divide(work: Work<Record>, refusal: Refusal): Decision {
    if (work.batch.size > 1) return { kind: 'halve' };
    this.#suspects.noteRefused(work, this.#clock.now());
    return { kind: 'refused', refusal };
  }

  async #backOff(work: Work<Record>, refusal: Refusal): Promise<void> {
    work.failures++;
    this.#hold.end();
    this.#status.retrying(refusal, work.failures);
    // A time that the service asked for comes on top, before the next attempt of whichever batch: it never shortens this.
    await this.#lifetime.pause(backoffDelay(work.failures, this.#target.backoff, this.#random));
  }

  #noteRefusal(refusal: Refusal): void {
    this.#status.noteRefusal(refusal);
    // What a destination made of a header may be anything.
    const { retryAfterMs = 0 } = refusal;
    if (!(retryAfterMs > 0)) return;
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
  }
}

const ENDED: Decision = { kind: 'ended' };

/** A partial answer that says nothing of single events is none. */
function simplify(verdict: Verdict, size: number): Verdict {
  if (verdict.outcome !== 'partly accepted') return verdict;
  if (verdict.refusals.size === 0) return accepted(verdict.statusCode);
  return (size === 1 ? verdict.refusals.get(0) : undefined) ?? verdict;
}
