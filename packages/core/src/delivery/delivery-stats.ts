import type { DestinationErrorCode } from '../errors.js';

/** What a destination is doing. */
export type DeliveryState =
  /** Nothing is wrong. */
  | 'delivering'
  /** The service fails or is not reached; the same batch is tried again. */
  | 'retrying'
  /** A key or a setting is wrong; only a slow probe is sent. */
  | 'holding'
  | 'stopped';

/** The last thing that went wrong. Holds no secret. */
export interface LastError {
  readonly code: DestinationErrorCode;
  readonly message: string;
  readonly statusCode?: number;
  /** Unix epoch, milliseconds. */
  readonly at: number;
}

/** What a delivery does and has done since it was started. */
export interface DeliveryStats {
  readonly state: DeliveryState;
  /** Events that were received and are not settled. */
  readonly lag: number;
  /** Kept after the recovery, with its time. */
  readonly lastError: LastError | undefined;
  readonly delivered: number;
  readonly deadLettered: number;
  /** Kept out by the filter. */
  readonly filtered: number;
  /** Passed over because the journal was full. */
  readonly overrun: number;
  readonly requests: number;
  /** Requests that repeated an earlier one. */
  readonly retries: number;
}
