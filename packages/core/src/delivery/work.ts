import type { Batch } from './batch.js';
import type { Refusal } from './verdict.js';

/** The same failure so many times running, and the batch is halved: one event may cause it. */
const SAME_FAILURES = 5;

/** A batch on its way, with what happened to it. */
export class Work<Record> {
  batch: Batch<Record>;
  /** Requests made so far, those of the batch that this one was cut from included. */
  attempts = 0;
  /** Unix epoch, milliseconds; 0 before the first attempt. */
  firstAt = 0;
  lastAt = 0;
  /** Refusals since the last success; sets the length of the backoff. */
  failures = 0;
  /** A refusal from a partial answer that has not been acted on yet. */
  pending: Refusal | undefined;
  /** Why it was set aside. */
  refusal: Refusal | undefined;
  /** The number of the latest request when this single event was first refused for its content … */
  refusedAt: number | undefined;
  /** … and when it was refused again, after another event had been accepted. */
  refusedAgainAt: number | undefined;
  /** The latest request, by its beginning, that was accepted when the latest attempt began. */
  acceptedBefore = 0;
  /** The number of the latest request when it was last refused so. */
  latestRefusedAt = 0;
  /** How often it was refused so without anything accepted between. */
  refusalsInVain = 0;
  /** From then on one more refusal counts as such. Unix epoch, milliseconds. */
  countsFrom = 0;
  #failure = '';
  #sameFailures = 0;

  constructor(batch: Batch<Record>) {
    this.batch = batch;
  }

  /** Counts the refusal; true when the same one came five times running. */
  isSameAgain({ code, statusCode, message }: Refusal): boolean {
    const failure = `${code} ${statusCode ?? message}`;
    this.#sameFailures = failure === this.#failure ? this.#sameFailures + 1 : 1;
    this.#failure = failure;
    return this.#sameFailures >= SAME_FAILURES;
  }

  /** From here on it takes five failures again. */
  forgetFailures(): void {
    this.#sameFailures = 0;
  }

  /** Work for a part of the batch, with the same past. One more of the same failures, and that part is halved too. */
  part(batch: Batch<Record>): Work<Record> {
    const part = new Work(batch);
    part.attempts = this.attempts;
    part.firstAt = this.firstAt;
    part.lastAt = this.lastAt;
    part.#failure = this.#failure;
    part.#sameFailures = Math.min(this.#sameFailures, SAME_FAILURES - 1);
    return part;
  }
}
