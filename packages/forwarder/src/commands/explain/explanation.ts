/** Why an event is where it is. The names are those of the JSON. Times are ISO 8601 in UTC. */
export interface Explanation {
  readonly event_id: string;
  /** Some source has received it. */
  readonly known: boolean;
  readonly sources: readonly SourceExplanation[];
}

export interface SourceExplanation {
  readonly source: string;
  /** `damaged`: it is kept, and its text cannot be read. `gone`: it was here, and is deleted. */
  readonly state: 'kept' | 'damaged' | 'gone' | 'unknown';
  readonly position: number | null;
  readonly received_at: string | null;
  readonly type: string | null;
  /** Why it is gone or not known. */
  readonly reasons: readonly Reason[];
  readonly destinations: readonly Fate[];
}

export interface Reason {
  readonly kind:
    | 'removed'
    | 'dead_letter_only'
    | 'no_journal'
    | 'not_an_event_id'
    | 'future'
    | 'gap'
    | 'not_heard'
    | 'overrun'
    | 'older_than_memory'
    | 'never_received';
  readonly text: string;
}

export type FateState =
  | 'delivered'
  /** Done with, and how is not certain. */
  | 'settled'
  | 'waiting'
  /** Part of a request whose cut is kept, so that it is the same after a restart. */
  | 'in_open_batch'
  | 'dead_letter'
  | 'filtered'
  /** The journal was full, and the destination was moved on. */
  | 'overrun'
  | 'passed_over'
  | 'not_for_it'
  | 'not_begun'
  | 'off';

/** What became of an event at one destination. */
export interface Fate {
  readonly destination: string;
  readonly state: FateState;
  readonly text: string;
  /** The requests with which it was settled. */
  readonly requests: readonly RequestMade[];
  /** Events of this destination that stand before it; only of a waiting one. */
  readonly events_before?: number;
  readonly dead_letter?: { readonly number: number; readonly code: string; readonly reason: string };
}

export interface RequestMade {
  /** The last attempt. */
  readonly at: string;
  readonly attempts: number;
  readonly status_code: number | null;
}
