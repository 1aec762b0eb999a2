import type { GrantexEvent } from '../events.js';

/**
 * Where events go: the whole contract for a destination of one's own. Its events are settled when `send`, and a `flush`
 * after it, have resolved; it may buffer in between. When either rejects, the events since the last good flush come
 * again, in order. One call is under way at a time.
 */
export interface EventDestination {
  /** Names its cursor in the journal, its statistics and its log lines; two of one name cannot be added to a source. */
  readonly name: string;
  /** Takes the events, in order. They are this destination's own copies. */
  send(events: GrantexEvent[]): Promise<void>;
  /** Resolves when everything taken so far has reached the service. */
  flush(): Promise<void>;
  /** Called once, after the last flush. */
  close(): Promise<void>;
}

/** What `check` and `sendTest` found out. */
export interface CheckResult {
  readonly ok: boolean;
  /** The HTTP status of the service's answer, where there was one. */
  readonly statusCode?: number;
  /** What is right, or what is wrong and how to mend it. */
  readonly message: string;
}

/** What `sendTest` found out. */
export interface TestResult extends CheckResult {
  /** The id of the event that was sent. */
  readonly eventId: string;
  /** What to enter in the service to find the event. */
  readonly query?: string;
}
