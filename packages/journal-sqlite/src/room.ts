import type { JournalDatabase } from './journal-database.js';
import type { JournalFile } from './journal-file.js';
import { writeState } from './journal-state.js';
import { PAGE_BYTES } from './layout.js';
import type { ResolvedOptions } from './options.js';
import { Removal } from './removal.js';
import type { SqliteCursor } from './sqlite-cursor.js';
import type { StoredGroups } from './stored-groups.js';

/** Left free below the limit for what one append adds beside its events. */
const SLACK_BYTES = 2 * PAGE_BYTES;
/** At the limit so much is freed at once that not every append has to look for room: a part of the limit, and at most this. */
const FREED_AT_ONCE = 0.05;
const FREED_BYTES = 4_194_304;
/** Groups that are deleted in passing, with an append or a commit. */
const TRIMMED_AT_ONCE = 16;
/** Groups that are deleted at once when the disk is full. */
const RELIEVED_AT_ONCE = 1_024;
/** Milliseconds between two looks at what may be deleted, while there is little. */
const TRIM_INTERVAL_MS = 1_000;
/** Free pages that stay in the file for what comes next; those beyond are given back. */
const SPARE_PAGES = 1_024;
const CUT_IDS = 'DELETE FROM earlier_ids WHERE first + count <= ?';
const OLD_RECEIPTS = 'SELECT number, last FROM receipts ORDER BY number LIMIT 16';
const CUT_RECEIPT = 'DELETE FROM receipts WHERE number = ?';

/** Bytes that events may take below a limit. */
export function usableBytes(maxBytes: number): number {
  return maxBytes - SLACK_BYTES;
}

/** Deletes what has to go, so that the file stays within its limit. */
export class Room {
  readonly #options: ResolvedOptions;
  readonly #file: JournalFile;
  readonly #database: JournalDatabase;
  readonly #groups: StoredGroups;
  readonly #cursors: ReadonlyMap<string, SqliteCursor>;
  readonly #limit: number;
  /** When to look again for groups that have been kept long enough. */
  #trimAt = 0;

  constructor(
    options: ResolvedOptions,
    file: JournalFile,
    held: { readonly groups: StoredGroups; readonly cursors: ReadonlyMap<string, SqliteCursor> },
  ) {
    this.#options = options;
    this.#file = file;
    this.#database = file.database;
    this.#groups = held.groups;
    this.#cursors = held.cursors;
    this.#limit = usableBytes(options.maxBytes);
  }

  isFull(needed: number): boolean {
    return this.#groups.size > 0 && this.#database.usedBytes + needed > this.#limit;
  }

  /** What one transaction is going to delete. */
  newRemoval(): Removal {
    return new Removal(this.#groups, [...this.#cursors.values()], this.#groups.head - this.#options.recentIds);
  }

  /** Within a transaction: deletes some of the groups that everybody has settled long ago. */
  trim(removal: Removal): void {
    const now = this.#options.clock.now();
    const { isDiskFull } = this.#file;
    if (now < this.#trimAt && !isDiskFull) return;
    const keptFrom = now - (isDiskFull ? 0 : this.#options.retainMs);
    removal.dropSettled(({ at }) => at <= keptFrom && removal.count < TRIMMED_AT_ONCE);
    if (removal.count < TRIMMED_AT_ONCE) this.#trimAt = now + TRIM_INTERVAL_MS;
    this.#finish(removal);
  }

  /** Within a transaction: makes room for so many bytes, if need be by moving cursors on. */
  make(removal: Removal, needed: number): void {
    if (!this.isFull(needed)) return this.trim(removal);
    const wanted = Math.max(needed, Math.min(this.#limit * FREED_AT_ONCE, FREED_BYTES));
    removal.dropSettled(() => this.isFull(wanted));
    if (this.isFull(needed)) removal.overrun(() => this.isFull(wanted));
    this.#finish(removal);
  }

  /** Deletes what all have settled, until there is room for so many bytes. */
  dropSettled(needed: number): void {
    this.#drop(() => this.isFull(needed));
  }

  /** The disk is full: lets go of what is kept without need, and looks whether that was enough. */
  relieve(): void {
    this.#drop((removal) => removal.count < RELIEVED_AT_ONCE);
    this.#file.relieve();
  }

  #drop(isWanted: (removal: Removal) => boolean): void {
    this.#file.attempt(() => {
      const removal = this.newRemoval();
      this.#database.transaction('ordered', () => {
        removal.dropSettled(() => isWanted(removal));
        this.#finish(removal);
      });
      removal.adopt();
    });
  }

  #finish(removal: Removal): void {
    if (removal.count === 0) return;
    const { below, ranges } = removal.gone;
    writeState(this.#database, 'gone', { below, ranges: ranges.map(([first, last]) => [first, last]) });
    this.#database.statement(CUT_IDS).run(this.#groups.head - this.#options.recentIds);
    for (const row of this.#database.statement(OLD_RECEIPTS).all()) {
      if (Number(row['last']) < below) this.#database.statement(CUT_RECEIPT).run(Number(row['number']));
    }
    if (this.#database.freePages > SPARE_PAGES) this.#database.shrink();
  }
}
