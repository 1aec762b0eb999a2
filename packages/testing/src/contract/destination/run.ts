import type { EventDestination, GrantexEvent, NewDeadLetter } from '@grantex/core';

/** How a destination is used: on its own, by `send`, `flush` and `close`, or in an `EventSource`. */
export type Way = 'alone' | 'in a source';

/** A destination in use, in one of the ways. Nothing of it moves the clock. */
export interface Run {
  readonly destination: EventDestination;
  /** Resolves when the events are accepted, or are in the journal. */
  send(events: readonly GrantexEvent[]): Promise<void>;
  /** Resolves when everything sent so far is settled. */
  flush(): Promise<void>;
  /** Delivers what there is and closes. Rejects when something is left. */
  close(): Promise<void>;
  deadLetters(): Promise<readonly NewDeadLetter[]>;
  /** Attempts that the engine made; undefined where nobody tells. */
  attempts(): number | undefined;
  /** Ends everything that is still going on. */
  abandon(): Promise<void>;
}
