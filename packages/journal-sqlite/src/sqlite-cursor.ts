import {
  CursorProgress,
  OverrunLog,
  SettledPositions,
  type CursorChange,
  type CursorOptions,
  type EventRecord,
  type JournalCursor,
  type OpenBatch,
  type PositionRange,
} from '@grantex/core';
import { sealRow, unsealRow } from './checked-row.js';
import type { JournalDatabase } from './journal-database.js';
import type { Attempt } from './sqlite-dead-letters.js';
import type { StoredGroups } from './stored-groups.js';

const PUT =
  'INSERT INTO cursors (name, crc, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET crc = excluded.crc, value = excluded.value';

/** How a cursor's progress is stored. */
interface StoredProgress {
  readonly below: number;
  readonly ranges: readonly PositionRange[];
  readonly open: readonly OpenBatch[];
}

/** What a cursor needs of its journal. */
export interface CursorHost {
  readonly groups: StoredGroups;
  readonly attempt: Attempt;
  /** Settles when the log may be written to without disturbing anybody; undefined when it may. */
  undisturbed(): Promise<unknown> | undefined;
  /** Makes the change true in the file and, when that has worked, calls `adopt`. */
  commit(cursor: SqliteCursor, change: CursorChange, next: CursorProgress): void;
  /** Events that this cursor had not settled are not in the file any more. */
  recordLoss(cursor: SqliteCursor, lost: readonly PositionRange[]): void;
  closeCursor(cursor: SqliteCursor): void;
}

export function writeProgress(database: JournalDatabase, name: string, progress: CursorProgress): void {
  const { below, ranges } = progress.settled;
  const stored: StoredProgress = { below, ranges, open: progress.openBatches };
  const { crc, value } = sealRow(name, stored);
  database.statement(PUT).run(name, crc, value);
}

/** Undefined when the row is damaged. */
export function readProgress(row: Readonly<Record<string, unknown>>): CursorProgress | undefined {
  const stored = unsealRow<StoredProgress>(row['name'], row);
  return stored && new CursorProgress(new SettledPositions(stored.below, stored.ranges), stored.open);
}

/** A cursor of the journal in the file. */
export class SqliteCursor implements JournalCursor {
  readonly name: string;
  overruns: OverrunLog;
  /** The row of the overrun that was recorded last. */
  overrunNumber: number | undefined;
  readonly #host: CursorHost;
  #progress: CursorProgress;
  #options: CursorOptions | undefined;

  constructor(name: string, progress: CursorProgress, overruns: OverrunLog, host: CursorHost) {
    this.name = name;
    this.overruns = overruns;
    this.#progress = progress;
    this.#host = host;
  }

  get inUse(): boolean {
    return this.#options !== undefined;
  }

  get transient(): boolean {
    return this.#options?.transient ?? false;
  }

  get progress(): CursorProgress {
    return this.#progress;
  }

  get openBatches(): readonly OpenBatch[] {
    return this.#progress.openBatches;
  }

  get head(): number {
    return this.#host.groups.head;
  }

  get settledBelow(): number {
    return this.#progress.settled.below;
  }

  get lag(): number {
    return this.#progress.lag(this.head);
  }

  get unread(): number {
    return this.#progress.unread(this.head);
  }

  /** Gives the cursor to a reader, from the first event that is not settled. */
  use(options: CursorOptions): void {
    this.#options = options;
    this.#progress.rewind();
    this.overruns.end(); // The next one may begin before the last: with what the reader before had in hand.
  }

  /** The progress that was written has come to stay. */
  adopt(progress: CursorProgress): void {
    this.#progress = progress;
  }

  /** Tells the reader that something was appended. */
  announce(): void {
    this.#options?.onReadable(this.unread);
  }

  async read(count: number): Promise<readonly EventRecord[]> {
    const records: EventRecord[] = [];
    while (records.length < count) {
      const position = this.#progress.readPosition;
      const group = this.#host.attempt(() => this.#host.groups.at(position));
      this.#passOver(position, (group?.first ?? this.head + 1) - 1);
      if (group === undefined) break;
      for (const record of this.#progress.take(group, count - records.length)) records.push(record);
    }
    if (records.length > 0) this.overruns.end();
    return records;
  }

  async readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
    return this.#host.attempt(() => {
      const records: EventRecord[] = [];
      for (const [first, last] of ranges) {
        for (let position = first; position <= last;) {
          const group = this.#host.groups.at(position);
          if (group === undefined || group.first > last) break;
          const from = Math.max(position, group.first);
          for (const record of group.records.slice(from - group.first, last + 1 - group.first)) records.push(record);
          position = group.last + 1;
        }
      }
      return records;
    });
  }

  async commit(change: CursorChange): Promise<void> {
    await this.#host.undisturbed();
    const next = this.#progress.copy();
    next.apply(change);
    this.#host.commit(this, change, next);
  }

  async unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    const { settled } = this.#progress;
    const first = settled.nextUnsettled(settled.below);
    let last = this.head;
    for (const [from, to] of settled.ranges.toReversed()) if (from <= last && last <= to) last = from - 1;
    if (first > last) return undefined;
    return this.#host.attempt(() => ({ first: this.#idAt(first), last: this.#idAt(last) }));
  }

  async close(): Promise<void> {
    this.#host.closeCursor(this);
    this.#options = undefined;
  }

  #idAt(position: number): string {
    return this.#host.groups.idAt(position) ?? positionName(position);
  }

  /** What should have been read of these positions, and is not there, is lost for this cursor. */
  #passOver(first: number, last: number): void {
    if (first > last) return;
    const lost = this.#progress.skip(first, last);
    if (lost.length > 0) this.#host.recordLoss(this, lost);
  }
}

/** For an event whose id is not known any more. */
export function positionName(position: number): string {
  return `position ${position}`;
}
