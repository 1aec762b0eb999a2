import type { DestinationErrorCode } from '../errors.js';

/** What a service's answer means for a batch. */
export type Verdict = Accepted | Refusal | PartlyAccepted;

/** The whole batch is stored. */
export interface Accepted {
  readonly outcome: 'accepted';
  readonly statusCode?: number;
}

/** What was not taken, and why; what follows depends on the code. */
export interface Refusal {
  readonly outcome: 'refused';
  readonly code: DestinationErrorCode;
  /** Who refused what, why, and what to mend. Holds no secret and no event's data. */
  readonly message: string;
  readonly statusCode?: number;
  /**
   * Milliseconds that the service asked to wait for; the backoff is never shorter for it. 0 in a partial answer that has
   * decided about other events: what is left comes again at once.
   */
  readonly retryAfterMs?: number;
}

/** Some events are stored, others are refused, each for its own reason. */
export interface PartlyAccepted {
  readonly outcome: 'partly accepted';
  /** Only what was not accepted, by index in the batch. */
  readonly refusals: ReadonlyMap<number, Refusal>;
  readonly statusCode?: number;
}

/** The service has stored the batch. `statusCode` is for the journal's receipts. */
export function accepted(statusCode?: number): Accepted {
  return statusCode === undefined ? { outcome: 'accepted' } : { outcome: 'accepted', statusCode };
}

/**
 * The service has not taken the batch, or in a partial answer the event. `message` says what to mend, and is logged
 * and kept: no secret and no event's data in it.
 */
export function refused(
  code: DestinationErrorCode,
  message: string,
  details: { readonly statusCode?: number; readonly retryAfterMs?: number } = {},
): Refusal {
  return { outcome: 'refused', code, message, ...details };
}

/** The service has stored all events but these, by index in the batch. */
export function partlyAccepted(refusals: ReadonlyMap<number, Refusal>, statusCode?: number): PartlyAccepted {
  return { outcome: 'partly accepted', refusals, ...(statusCode !== undefined && { statusCode }) };
}

/** What the delivery does with a refused batch. */
export type Consequence =
  /** Same bytes again after a growing delay, without a limit of attempts. */
  | 'retry'
  /** The same; when it is the same error five times running, the batch is halved, because one event may cause it. */
  | 'retry, then halve'
  /** Nothing is sent but a slow probe until somebody has mended the setting. */
  | 'hold'
  /** Halved until the offender stands alone, which becomes a dead letter. */
  | 'halve';

/** The table of answers. A code without a row does not compile. */
export const CONSEQUENCES: Readonly<Record<DestinationErrorCode, Consequence>> = {
  DEST_NETWORK: 'retry',
  DEST_UNAVAILABLE: 'retry',
  DEST_FAILED: 'retry, then halve',
  DEST_THROTTLED: 'retry',
  DEST_UNAUTHORIZED: 'hold',
  DEST_MISCONFIGURED: 'hold',
  DEST_TOO_LARGE: 'halve',
  DEST_REJECTED: 'halve',
};
