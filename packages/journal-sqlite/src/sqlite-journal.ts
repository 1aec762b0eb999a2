// Above 300 lines: every method of the journal's contract is a transaction here; what is done in it is in files of its own.
import {
  CursorProgress,
  FillLevel,
  GrantexError,
  OverrunLog,
  SettledPositions,
  type CursorChange,
  type CursorOptions,
  type EventRecord,
  type Gap,
  type Journal,
  type JournalCursor,
  type JournalObserver,
  type JournalStats,
  type Overrun,
  type PositionRange,
  type Remembered,
  type Takeover,
} from '@grantex/core';
import { BoundedList } from './bounded-list.js';
import { sealRow } from './checked-row.js';
import type { Durability, JournalDatabase } from './journal-database.js';
import { bytesOf, encodeContent, type GroupContent } from './group-row.js';
import { JournalFile } from './journal-file.js';
import { writeState } from './journal-state.js';
import { loadJournal, type StoredJournal } from './load-journal.js';
import { resolveOptions, type ResolvedOptions, type SqliteJournalOptions } from './options.js';
import { readRecentIds } from './remembered-ids.js';
import { Room, usableBytes } from './room.js';
import { positionName, SqliteCursor, writeProgress } from './sqlite-cursor.js';
import { SqliteDeadLetters, type Attempt } from './sqlite-dead-letters.js';
import { StoredGroups } from './stored-groups.js';
import { WaitingLine } from './waiting-line.js';

/** Counts of the journal, and how its disk is. */
export interface SqliteJournalStats extends JournalStats {
  /** Events that were in the file and could not be read any more, since the journal was opened. */
  readonly lost: number;
  /** Appends are refused until there is room on the disk. */
  readonly isDiskFull: boolean;
}

/** Before the journal is open, while another process still has it, say. */
const NOTHING: Omit<SqliteJournalStats, 'maxBytes'> = {
  events: 0,
  bytes: 0,
  waitingBytes: 0,
  head: 0,
  deadLetters: 0,
  overruns: [],
  gaps: [],
  lost: 0,
  isDiskFull: false,
};
const MAX_GAPS = 1_000;
const MAX_OVERRUNS = 1_000;
const ADD_RECEIPT = 'INSERT INTO receipts (last, crc, value) VALUES (?, ?, ?)';
const DROP_CURSOR = 'DELETE FROM cursors WHERE name = ?';

/** What there is while the journal is open. */
interface Opened {
  readonly file: JournalFile;
  readonly database: JournalDatabase;
  readonly groups: StoredGroups;
  readonly room: Room;
  readonly gaps: BoundedList<Gap>;
  readonly overruns: BoundedList<Overrun>;
}

/** The journal in a file: what was appended survives a crash of the process and a power cut. */
export class SqliteJournal implements Journal {
  readonly #options: ResolvedOptions;
  readonly #fill: FillLevel;
  readonly #line: WaitingLine;
  readonly #cursors = new Map<string, SqliteCursor>();
  readonly deadLetters: SqliteDeadLetters;
  /** A transaction and its sync cost as much processor time as 100 events (`bench/`): at 1,000 events a second five share one. */
  readonly appendIntervalMs = 5;
  #observer: JournalObserver = { onOverrun: () => {}, onFilling: () => {} };
  #opened: Opened | undefined;
  #gaps: Gap[] = [];
  #heardUntil: number | undefined;
  #beginAtOldest = false;
  #lost = 0;
  /** The append that is on its way to the disk, or was last. */
  #storing: Promise<void> | undefined;
  #lastStats: SqliteJournalStats | undefined;

  /** Throws an `OptionError`. */
  constructor(options: SqliteJournalOptions) {
    this.#options = resolveOptions(options);
    this.#line = new WaitingLine(this.#options.clock);
    this.deadLetters = new SqliteDeadLetters(this.#options.maxDeadLetters, this.#options.deadLetterBytes);
    this.#fill = new FillLevel(usableBytes(this.#options.maxBytes), this.#options.clock, (percent, msLeft) => {
      this.#observer.onFilling(percent, this.#slowest?.name ?? '', msLeft);
    });
  }

  /** Rejects with `JOURNAL_LOCKED`, or `JOURNAL_UNUSABLE` when the file is no journal or of a later version. */
  async open(observer: JournalObserver, takeover?: Takeover): Promise<Remembered> {
    if (this.#opened !== undefined) throw new GrantexError('STATE_INVALID', 'the journal is open');
    this.#observer = observer;
    const file = await JournalFile.open(this.#options, takeover);
    try {
      const recentIds = file.attempt(() => {
        this.#attach(file);
        return readRecentIds(file.database, this.#options.recentIds);
      });
      file.onReplaced = () => this.#writeAll();
      return { recentIds, ...(this.#heardUntil !== undefined && { heardUntil: this.#heardUntil }) };
    } catch (error) {
      this.#opened = undefined;
      await file.close();
      throw error;
    }
  }

  async append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    const { file, room } = this.#open;
    if (records.length === 0) return heardUntil === undefined ? undefined : this.noteHeard(heardUntil);
    if (file.isDiskFull) room.relieve();
    const content = encodeContent(records);
    const deadline = this.#options.clock.now() + this.#options.blockMs;
    await this.#line.inTurn(async () => {
      await this.#waitForRoom(bytesOf(content), deadline);
      this.#storing = this.#store(records, content, heardUntil);
      await this.#storing;
    });
    void this.#line.inTurn(() => file.keepLogShort());
  }

  async noteHeard(heardUntil: number): Promise<void> {
    await this.#open.file.writingBack;
    const { groups } = this.#open;
    this.#write('ordered', () => writeState(this.#open.database, 'progress', { head: groups.head, heardUntil }));
    this.#heardUntil = heardUntil;
  }

  async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    const { groups } = this.#open;
    const known = this.#cursors.get(name);
    if (known?.inUse === true) throw new GrantexError('STATE_INVALID', `the cursor "${name}" is in use`);
    if (known !== undefined) {
      known.use(options);
      return known;
    }
    const isOldest = options.from === 'oldest' || (this.#beginAtOldest && options.transient !== true);
    const settled = isOldest ? groups.gone.copy() : new SettledPositions(groups.head + 1);
    const cursor = this.#addCursor(name, new CursorProgress(settled), new OverrunLog(name));
    if (options.transient !== true) {
      this.#write('synced', () => writeProgress(this.#open.database, name, cursor.progress));
    }
    this.#cursors.set(name, cursor);
    cursor.use(options);
    return cursor;
  }

  async dropCursor(name: string): Promise<number> {
    const { database } = this.#open;
    const discarded = this.#cursors.get(name)?.lag ?? 0;
    this.#write('synced', () => database.statement(DROP_CURSOR).run(name));
    this.#cursors.delete(name);
    this.#changed();
    return discarded;
  }

  async recordGap(gap: Gap): Promise<void> {
    this.#write('synced', () => this.#open.gaps.put(gap));
    this.#gaps.push(gap);
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  stats(): SqliteJournalStats {
    if (this.#opened !== undefined) this.#lastStats = this.#measure(this.#opened);
    return this.#lastStats ?? { ...NOTHING, maxBytes: this.#options.maxBytes };
  }

  async close(): Promise<void> {
    if (this.#opened === undefined) return;
    // Nobody would know whether the events that are on their way to the disk have arrived there.
    await this.#storing?.catch(() => {});
    const opened = this.#opened;
    if (opened === undefined) return;
    this.#lastStats = this.#measure(opened);
    this.#opened = undefined;
    this.deadLetters.detach();
    this.#line.wake();
    await opened.file.close();
  }

  get #open(): Opened {
    if (this.#opened === undefined) throw new GrantexError('JOURNAL_CLOSED', 'the journal is closed');
    return this.#opened;
  }

  #attach(file: JournalFile): void {
    const { database } = file;
    const gaps = new BoundedList<Gap>(database, 'gaps', MAX_GAPS);
    const overruns = new BoundedList<Overrun>(database, 'overruns', MAX_OVERRUNS);
    this.#gaps = gaps.read();
    const stored: StoredJournal = loadJournal(database, overruns.read());
    const groups = new StoredGroups(database, stored, ([first, last]) => this.#noteLost(first, last));
    const room = new Room(this.#options, file, { groups, cursors: this.#cursors });
    this.#opened = { file, database, groups, room, gaps, overruns };
    this.#heardUntil = stored.heardUntil;
    this.#beginAtOldest = stored.hasLostCursors || file.wasSalvaged;
    this.#cursors.clear();
    for (const { name, progress, overruns: log } of stored.cursors) {
      this.#cursors.set(name, this.#addCursor(name, progress, log));
    }
    const attempt: Attempt = (work) => file.attempt(work);
    this.deadLetters.attach(database, attempt);
    this.#fill.update(this.#waitingBytes(this.#opened));
  }

  #addCursor(name: string, progress: CursorProgress, overruns: OverrunLog): SqliteCursor {
    return new SqliteCursor(name, progress, overruns, {
      groups: this.#open.groups,
      attempt: (work) => this.#open.file.attempt(work),
      undisturbed: () => this.#open.file.writingBack,
      commit: (cursor, change, next) => this.#commit(cursor, change, next),
      recordLoss: (cursor, lost) => this.#recordLoss(cursor, lost),
      closeCursor: (cursor) => {
        if (!cursor.transient) return;
        this.#cursors.delete(cursor.name);
        this.#changed();
      },
    });
  }

  #commit(cursor: SqliteCursor, change: CursorChange, next: CursorProgress): void {
    const { database } = this.#open;
    const { deadLetters = [], receipt, open } = change;
    // A power cut may take back what was settled: it is then sent again. A batch's cut and a dead letter have to stay.
    const durability = open !== undefined || deadLetters.length > 0 ? 'synced' : 'ordered';
    this.#write(durability, () => {
      if (deadLetters.length > 0) this.deadLetters.insertAll(deadLetters);
      if (!cursor.transient) writeProgress(database, cursor.name, next);
      if (receipt === undefined) return;
      const { crc, value } = sealRow('', { cursor: cursor.name, ...receipt });
      database.statement(ADD_RECEIPT).run(receipt.ranges.at(-1)?.[1] ?? 0, crc, value);
    });
    cursor.adopt(next);
    if (deadLetters.length > 0) this.deadLetters.inserted(deadLetters);
    this.#changed();
  }

  /** One transaction, in which some of what nobody needs any more is deleted as well. */
  #write<Value>(durability: Durability, work: () => Value): Value {
    const { file, database, room } = this.#open;
    return file.attempt(() => {
      const removal = room.newRemoval();
      const value = database.transaction(durability, () => {
        const done = work();
        room.trim(removal);
        return done;
      });
      removal.adopt();
      return value;
    });
  }

  async #store(records: readonly EventRecord[], content: GroupContent, heardUntil = this.#heardUntil): Promise<void> {
    const { file, database, groups, room } = this.#open;
    const needed = bytesOf(content);
    const now = this.#options.clock.now();
    await file.attemptDurably(() => {
      const removal = room.newRemoval();
      const write = (): readonly (() => void)[] => {
        room.make(removal, needed);
        groups.insert(content, now);
        const head = groups.head + records.length;
        writeState(database, 'progress', { head, ...(heardUntil !== undefined && { heardUntil }) });
        return [...removal.skipped].map(([cursor, skipped]) =>
          this.#recordOverrun(cursor, removal.progressOf(cursor), skipped),
        );
      };
      const overruns = database.transaction('ordered', write, needed);
      // Also when the sync fails: the cursors were moved on, in the file and in memory.
      removal.adopt();
      for (const tell of overruns) tell();
    });
    groups.appended(records);
    this.#heardUntil = heardUntil;
    this.#fill.update(this.#waitingBytes(this.#open));
    for (const cursor of this.#cursors.values()) cursor.announce();
  }

  /** Within a transaction: writes what a cursor was moved past. Returns what to do when that has come to stay. */
  #recordOverrun(
    cursor: SqliteCursor,
    progress: CursorProgress,
    { firstId, lastId, count }: { readonly firstId: string; readonly lastId: string; readonly count: number },
  ): () => void {
    const { database, overruns } = this.#open;
    const log = cursor.overruns.copy();
    const { overrun, started } = log.record(firstId, lastId, count, this.#options.clock.now());
    const number = overruns.put(overrun, started ? undefined : cursor.overrunNumber);
    if (!cursor.transient) writeProgress(database, cursor.name, progress);
    return () => {
      cursor.overruns = log;
      cursor.overrunNumber = number;
      this.#observer.onOverrun(overrun, started);
    };
  }

  #recordLoss(cursor: SqliteCursor, lost: readonly PositionRange[]): void {
    const { groups } = this.#open;
    const first = lost[0]?.[0] ?? 0;
    const last = lost.at(-1)?.[1] ?? 0;
    const firstId = groups.idAt(first) ?? positionName(first);
    const lastId = groups.idAt(last) ?? positionName(last);
    const count = lost.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    try {
      const tell = this.#write('ordered', () => {
        return this.#recordOverrun(cursor, cursor.progress, { firstId, lastId, count });
      });
      tell();
    } catch (error) {
      // Reading goes on: it is recorded with the next loss, or found again after a restart.
      this.#options.logger.error(`journal: a loss of ${count} events was not recorded: ${String(error)}`);
    }
  }

  #noteLost(first: number, last: number): void {
    this.#lost += last - first + 1;
    this.#options.logger.error(`journal: ${last - first + 1} events of ${this.#options.path} cannot be read any more`, {
      firstPosition: first,
      lastPosition: last,
    });
  }

  async #waitForRoom(needed: number, deadline: number): Promise<void> {
    const { clock } = this.#options;
    while (this.#open.room.isFull(needed)) {
      const msLeft = deadline - clock.now();
      if (!(msLeft > 0)) return;
      this.#open.room.dropSettled(needed);
      if (!this.#open.room.isFull(needed)) return;
      await this.#line.sleep(msLeft);
    }
  }

  /** Something is settled: there may be room now. */
  #changed(): void {
    const { groups } = this.#open;
    groups.settledBelow(this.#slowest?.settledBelow ?? groups.head + 1);
    this.#fill.update(this.#waitingBytes(this.#open));
    this.#line.wake();
  }

  get #slowest(): SqliteCursor | undefined {
    let slowest: SqliteCursor | undefined;
    for (const cursor of this.#cursors.values()) {
      if (slowest === undefined || cursor.settledBelow < slowest.settledBelow) slowest = cursor;
    }
    return slowest;
  }

  /** The part of the file in which somebody has something to settle, as if all events were equally large. */
  #waitingBytes({ database, groups }: Pick<Opened, 'database' | 'groups'>): number {
    const slowest = this.#slowest;
    if (slowest === undefined || groups.size === 0) return 0;
    const waiting = Math.min(groups.head + 1 - slowest.settledBelow, groups.size);
    return Math.round((database.usedBytes * waiting) / groups.size);
  }

  /** The file was replaced: what is known better here is written into it. */
  #writeAll(): void {
    const { database, groups } = this.#open;
    groups.forget();
    database.transaction('synced', () => {
      const { below, ranges } = groups.gone;
      writeState(database, 'gone', { below, ranges: ranges.map(([first, last]) => [first, last]) });
      const heardUntil = this.#heardUntil;
      writeState(database, 'progress', { head: groups.head, ...(heardUntil !== undefined && { heardUntil }) });
      for (const cursor of this.#cursors.values()) {
        if (!cursor.transient) writeProgress(database, cursor.name, cursor.progress);
      }
    });
  }

  #measure({ database, groups, file }: Opened): SqliteJournalStats {
    return {
      events: groups.size,
      bytes: database.usedBytes,
      waitingBytes: this.#waitingBytes({ database, groups }),
      maxBytes: this.#options.maxBytes,
      head: groups.head,
      deadLetters: this.deadLetters.size,
      overruns: [...this.#cursors.values()].flatMap(({ overruns }) => overruns.overruns),
      gaps: [...this.#gaps],
      lost: this.#lost,
      isDiskFull: file.isDiskFull,
    };
  }
}
