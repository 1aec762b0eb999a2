import type { DestinationErrorCode } from '../errors.js';
import type { EventRecord } from './event-record.js';

/**
 * The journal's contract. An event is appended once and gets a position (1, 2, 3 …); every destination has a cursor that
 * says what it has settled. Everything is asynchronous, so that a journal may live on a disk or in another thread.
 */
export interface Journal {
  /**
   * Makes the journal ready: takes the lock, repairs, reads what is remembered. Called once, before anything else.
   * Rejects with `JOURNAL_LOCKED` when another process has the lock, or waits for it when told to take over.
   */
  open(observer: JournalObserver, takeover?: Takeover): Promise<Remembered>;
  /**
   * Appends the records as one group, in order, and sets their positions. Resolves when the group is as durable as the
   * journal promises. At the journal's limit it waits or moves a cursor on, as configured; it never refuses.
   *
   * `heardUntil` (Unix epoch, milliseconds): everything that was heard up to then is in the journal with this group. A
   * durable journal keeps it, so that after a crash the gap begins there.
   */
  append(records: readonly EventRecord[], heardUntil?: number): Promise<void>;
  /** The same without events: the stream is heard, and nothing comes. */
  noteHeard(heardUntil: number): Promise<void>;
  /** Opens the named cursor, or makes it. One handle a name at a time. */
  openCursor(name: string, options: CursorOptions): Promise<JournalCursor>;
  /** Forgets a cursor and what it had not settled. Resolves to how many events that discards. */
  dropCursor(name: string): Promise<number>;
  readonly deadLetters: DeadLetters;
  /**
   * Milliseconds that should lie between the beginnings of two appends: each costs something of its own, a sync of the disk
   * say, and events that come within this time may share one. The first after a while is never held back. @defaultValue 0
   */
  readonly appendIntervalMs?: number;
  /** Keeps a record of a time in which the stream was not heard. */
  recordGap(gap: Gap): Promise<void>;
  stats(): JournalStats;
  /** Frees everything. What was promised durable stays. */
  close(): Promise<void>;
}

/** What a journal knows of earlier runs. */
export interface Remembered {
  /** The ids that were appended last, oldest first, for the intake to drop repeats. */
  readonly recentIds: readonly string[];
  /** Up to when the stream was heard. Unix epoch, milliseconds; undefined when it never was. */
  readonly heardUntil?: number;
}

/** How to wait for a journal that another process has locked. */
export interface Takeover {
  /** Ends the waiting; `open` then rejects with its reason. */
  readonly signal: AbortSignal;
  /** Called now and then while waiting, with the ids that the other process has appended meanwhile. */
  onAppended(ids: readonly string[]): void;
}

/** Both ends included. */
export type PositionRange = readonly [first: number, last: number];

/** How a cursor is opened. */
export interface CursorOptions {
  /** Where a cursor that is new begins: behind the newest event (the default), or at the oldest that is kept. */
  readonly from?: 'head' | 'oldest';
  /** Forgotten when the journal is closed. */
  readonly transient?: boolean;
  /** Called after every append (and not before it is durable) with the number of events that were not read yet. */
  readonly onReadable: (unread: number) => void;
}

/** A reader of the journal. What was read and not settled is in the reader's hands, and no limit takes it away. */
export interface JournalCursor {
  readonly name: string;
  /** Batches that an earlier run had opened and not closed, oldest first. Reading passes over their events. */
  readonly openBatches: readonly OpenBatch[];
  /** The position of the newest event. */
  readonly head: number;
  /** Every event below this position is settled. */
  readonly settledBelow: number;
  /** Events that were appended and are not settled. */
  readonly lag: number;
  /** Events that were appended and not read. */
  readonly unread: number;
  /** The next events in order that are neither read nor settled, at most `count`; none when there are none now. */
  read(count: number): Promise<readonly EventRecord[]>;
  /** The events of these ranges, for a batch that an earlier run had opened. */
  readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]>;
  /** Makes all parts of the change true at once, or rejects and changes nothing. */
  commit(change: CursorChange): Promise<void>;
  /** Ids of the first and the last event that is not settled. */
  unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined>;
  /** Frees the handle. A transient cursor is forgotten. */
  close(): Promise<void>;
}

/** What became of events. A journal takes all of a change or nothing of it. */
export interface CursorChange {
  /** Settled from now on, in any order. */
  readonly settled?: readonly PositionRange[];
  /** The events given up by this change. Their positions have to be among `settled`. */
  readonly deadLetters?: readonly NewDeadLetter[];
  /** A batch whose cut and state have to be found again after a restart; replaces the one of the same `id`. */
  readonly open?: OpenBatch;
  /** The id of an open batch that is done with. */
  readonly close?: number;
  /** What the request was answered, for the journals that keep settled events for a while. */
  readonly receipt?: Receipt;
}

/** A batch with a stable cut: the same members and the same state at every attempt, restarts included. */
export interface OpenBatch {
  /** The position of its first event. */
  readonly id: number;
  readonly ranges: readonly PositionRange[];
  /** The destination's own: an object key, a stream and its offset. */
  readonly state: string;
}

/** One request that settled events: when, after how many attempts, and with which status. */
export interface Receipt {
  readonly ranges: readonly PositionRange[];
  /** Unix epoch, milliseconds. */
  readonly at: number;
  readonly attempts: number;
  readonly statusCode?: number;
}

/** An event that was given up, or a frame that is no event, with the reason. */
export interface DeadLetter {
  /** Rises by one with every dead letter of a journal. */
  readonly number: number;
  /** The destination's name; `stream` for a frame that is no event. */
  readonly destination: string;
  /** The event's id; absent for a frame that is no event. */
  readonly eventId?: string;
  /** The JSON, or the frame, as it came. */
  readonly text: string;
  readonly code: DestinationErrorCode | 'NOT_AN_EVENT';
  readonly reason: string;
  /** Requests in which the event was sent; 0 when it was never sent. */
  readonly attempts: number;
  /** When it was first and last tried. Unix epoch, milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The HTTP status of the service's last answer. */
  readonly statusCode?: number;
}

/** A dead letter before the journal has given it a number. */
export type NewDeadLetter = Omit<DeadLetter, 'number'>;

/** Which dead letters are listed, by rising number. */
export interface DeadLetterQuery {
  /** Only those with a greater number. */
  readonly after?: number;
  readonly destination?: string;
  /** @defaultValue 100 */
  readonly limit?: number;
}

/** Dead letters are bounded: at the bound a delivery holds, and a further frame that is no event replaces the oldest one. */
export interface DeadLetters {
  readonly size: number;
  /** Keeps a frame that is no event. */
  addFrame(letter: NewDeadLetter): Promise<void>;
  /** Oldest first; those after the given number and of the given destination, at most `limit` (100 by default). */
  list(options?: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  /** Those of these numbers that there are, oldest first. */
  get(numbers: readonly number[]): Promise<readonly DeadLetter[]>;
  /** Puts letters in the place of those with the same numbers: they were tried again, in vain. */
  replace(letters: readonly DeadLetter[]): Promise<void>;
  /** Resolves to how many there were of these. */
  remove(numbers: readonly number[]): Promise<number>;
}

/** A time in which the stream was not heard: what was published in it may be missing. */
export interface Gap {
  /** The last moment in which it was surely heard. Unix epoch, milliseconds. */
  readonly from: number;
  /** The moment in which it was heard again. */
  readonly to: number;
  readonly cause: string;
}

/** Events that a cursor was moved past because the journal was full: they were not delivered there. */
export interface Overrun {
  readonly destination: string;
  readonly firstId: string;
  readonly lastId: string;
  readonly count: number;
  /** Unix epoch, milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Whoever is told by the journal what happens at its limit: the source. */
export interface JournalObserver {
  /** A cursor was moved on. `started` tells a new overrun from one that goes on. */
  onOverrun(overrun: Overrun, started: boolean): void;
  /** What waits passed 50, 80 or 95 per cent of the journal's limit. `msLeft` is undefined while nothing can be said. */
  onFilling(percent: number, slowest: string, msLeft: number | undefined): void;
}

/** Counts of what the journal holds, for `stats()` and metrics. */
export interface JournalStats {
  /** Events held, settled ones that are kept for a while included. */
  readonly events: number;
  readonly bytes: number;
  /** Of these, about so many are of events that somebody has not settled: what the limit threatens. */
  readonly waitingBytes: number;
  readonly maxBytes: number;
  readonly head: number;
  readonly deadLetters: number;
  readonly overruns: readonly Overrun[];
  readonly gaps: readonly Gap[];
}
