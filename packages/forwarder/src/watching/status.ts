/**
 * What a running forwarder says of itself: `/status`, and what `top` and `--json` show. The names are those of the JSON.
 * Holds no secret. Times are ISO 8601 in UTC.
 */
export interface ForwarderStatus {
  readonly version: string;
  readonly pid: number;
  readonly started_at: string;
  readonly state: 'starting' | 'running' | 'stopping' | 'stopped';
  readonly settings: SettingsStatus;
  readonly sources: Readonly<Record<string, SourceStatus>>;
}

export interface SettingsStatus {
  readonly file: string;
  readonly loaded_at: string;
  /** Of the reloads since the start. */
  readonly reloads: { readonly applied: number; readonly rejected: number };
  /** Why the newest file was not taken; null when it was. */
  readonly problem: string | null;
}

export interface SourceStatus {
  /** `waiting`: another process has the journal. */
  readonly state: 'waiting' | 'connecting' | 'heard' | 'stopping' | 'stopped';
  /** Since when the stream has not been heard; null while it is. */
  readonly lost_since: string | null;
  readonly received: number;
  readonly repeated: number;
  readonly not_events: number;
  readonly journal: JournalStatus;
  readonly destinations: Readonly<Record<string, DestinationStatus>>;
}

export interface JournalStatus {
  readonly type: 'disk' | 'memory';
  readonly events: number;
  readonly bytes: number;
  /** Of these, of events that somebody still waits for: what the limit threatens. */
  readonly waiting_bytes: number;
  readonly max_bytes: number;
  /** The position of the newest event. */
  readonly head: number;
  readonly dead_letters: number;
  /** False while appends are refused: the disk is full. */
  readonly writable: boolean;
  /** Times in which the stream was not heard, newest last; 20 at most. */
  readonly gaps: readonly GapStatus[];
  /** Of this process. */
  readonly gap_count: number;
  readonly gap_seconds: number;
}

export interface GapStatus {
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  readonly cause: string;
}

export interface DestinationStatus {
  readonly type: string;
  readonly state: 'delivering' | 'retrying' | 'holding' | 'stopped' | 'off';
  /** Events that were received and are not settled. */
  readonly waiting: number;
  /** How long the oldest of them has waited, to about a second; 0 when none waits. */
  readonly oldest_waiting_seconds: number;
  /** Events settled as delivered per second, over the last ten seconds. */
  readonly events_per_second: number;
  readonly delivered: number;
  readonly dead_lettered: number;
  readonly filtered: number;
  readonly overrun: number;
  readonly requests: number;
  readonly retries: number;
  readonly last_error: LastErrorStatus | null;
}

interface LastErrorStatus {
  readonly code: string;
  readonly message: string;
  readonly status_code: number | null;
  readonly at: string;
}
