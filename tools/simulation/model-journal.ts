import {
  GrantexError,
  MemoryJournal,
  type Clock,
  type CursorChange,
  type CursorOptions,
  type DeadLetter,
  type DeadLetterQuery,
  type DeadLetters,
  type EventRecord,
  type Gap,
  type Journal,
  type JournalCursor,
  type JournalObserver,
  type JournalStats,
  type MemoryJournalOptions,
  type NewDeadLetter,
  type OpenBatch,
  type PositionRange,
  type Remembered,
} from '@grantex/core';
import { ReplayClock, type Disk, type Entry } from './disk.ts';

/** How the disk behaves. */
export interface Temper {
  /** Waited for before a write takes effect, again before it is answered, and before something is read. */
  latency(): Promise<void>;
  /** Whether the next write fails, and changes nothing. */
  isFailing(): boolean;
  /** Commits that only move a cursor may be lost in a crash until something else is written. */
  readonly forgetsCommits: boolean;
}

/**
 * A durable journal on a {@link Disk} that is a value. Writes take effect one after the other, each at some moment between
 * its call and its answer; a crash may come before, between and after these.
 */
export class ModelJournal implements Journal {
  readonly #disk: Disk;
  readonly #options: MemoryJournalOptions;
  readonly #clock: Clock;
  readonly #temper: Temper;
  /** What the next write waits behind. */
  #line: Promise<unknown> = Promise.resolve();
  /** Called, and not in effect yet, oldest first. */
  readonly #waiting = new Set<Entry>();
  #inner = new MemoryJournal();
  #isClosed = false;
  readonly deadLetters: DeadLetters;

  constructor(disk: Disk, options: MemoryJournalOptions & { readonly clock: Clock }, temper: Temper) {
    this.#disk = disk;
    this.#options = options;
    this.#clock = options.clock;
    this.#temper = temper;
    this.deadLetters = new ModelDeadLetters(() => this.#inner, this.#write.bind(this));
  }

  async open(observer: JournalObserver): Promise<Remembered> {
    this.#inner = await this.#disk.play(this.#options, new ReplayClock(this.#clock));
    await this.#inner.open(observer);
    this.#note({ kind: 'opened' });
    const { ids, heardUntil } = this.#disk;
    await this.#temper.latency();
    return { recentIds: ids.slice(-100_000), ...(heardUntil !== undefined && { heardUntil }) };
  }

  async append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    this.#refuseWhenClosed();
    const entry: Entry = { kind: 'append', records: records.map(({ id, text }) => ({ id, text })), heardUntil };
    await this.#inTurn(entry, () => {
      const before = this.#inner.stats().head;
      const appending = this.#inner.append(records);
      // An append that waits for room must not stop the commits that make room.
      if (this.#inner.stats().head > before || records.length === 0) {
        this.#note(entry);
        return { effect: appending };
      }
      return { effect: appending.then(() => this.#note(entry)) };
    });
  }

  async noteHeard(heardUntil: number): Promise<void> {
    await this.#write({ kind: 'heard', heardUntil }, async () => {});
  }

  async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    this.#refuseWhenClosed();
    const { from, transient } = options;
    const kept = { ...(from !== undefined && { from }), ...(transient !== undefined && { transient }) };
    const entry: Entry = { kind: 'cursor', name, options: kept };
    const inner = await this.#write(entry, () => this.#inner.openCursor(name, options));
    return new ModelCursor(inner, this.#temper, {
      write: this.#write.bind(this),
      note: (noted) => this.#note(noted, false),
    });
  }

  async dropCursor(name: string): Promise<number> {
    return this.#write({ kind: 'dropped', name }, () => this.#inner.dropCursor(name));
  }

  async recordGap(gap: Gap): Promise<void> {
    await this.#write({ kind: 'gap', gap }, () => this.#inner.recordGap(gap));
  }

  stats(): JournalStats {
    return this.#inner.stats();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inner.close();
    await this.#line;
    this.#disk.sync();
  }

  /**
   * The process dies. Of the writes under way the first ones have reached the disk, of those that are not safe some are
   * lost. `chance`: uniform in [0, 1).
   */
  crash(chance: () => number): void {
    this.#disk.lose(chance());
    let reached = Math.floor(chance() * (this.#waiting.size + 1));
    for (const entry of this.#waiting) if (reached-- > 0) this.#note(entry);
  }

  #refuseWhenClosed(): void {
    if (this.#isClosed) throw new GrantexError('JOURNAL_CLOSED', 'the journal is closed');
  }

  #write<Value>(entry: Entry, effect: () => Promise<Value>): Promise<Value> {
    return this.#inTurn(entry, () => {
      // Noted first, since an append that waits for room follows at once. What is refused is refused again when played.
      this.#note(entry);
      return { effect: effect() };
    });
  }

  /** `begin` resolves when the next write may take effect; its `effect` is when this one has. */
  async #inTurn<Value>(entry: Entry, begin: () => { readonly effect: Promise<Value> }): Promise<Value> {
    this.#waiting.add(entry);
    const turn = this.#line.then(async () => {
      await this.#temper.latency();
      this.#waiting.delete(entry);
      if (this.#temper.isFailing()) throw new Error('the disk does not answer');
      return begin();
    });
    this.#line = turn.catch(() => {}); // Told to the caller.
    const value = await (await turn).effect;
    await this.#temper.latency();
    return value;
  }

  #note(entry: Entry, isWritten = true): void {
    this.#disk.write(entry, this.#clock.now(), isWritten && !(this.#temper.forgetsCommits && isForgettable(entry)));
  }
}

/** It only moves a cursor: without it events are delivered again, and nothing is missing. */
function isForgettable(entry: Entry): boolean {
  return entry.kind === 'commit' && entry.change.deadLetters === undefined && entry.change.open === undefined;
}

type Write = <Value>(entry: Entry, effect: () => Promise<Value>) => Promise<Value>;

class ModelCursor implements JournalCursor {
  readonly #inner: JournalCursor;
  readonly #temper: Temper;
  readonly #journal: { readonly write: Write; readonly note: (entry: Entry) => void };

  constructor(
    inner: JournalCursor,
    temper: Temper,
    journal: { readonly write: Write; readonly note: (entry: Entry) => void },
  ) {
    this.#inner = inner;
    this.#temper = temper;
    this.#journal = journal;
  }

  get name(): string {
    return this.#inner.name;
  }

  get openBatches(): readonly OpenBatch[] {
    return this.#inner.openBatches;
  }

  get head(): number {
    return this.#inner.head;
  }

  get settledBelow(): number {
    return this.#inner.settledBelow;
  }

  get lag(): number {
    return this.#inner.lag;
  }

  get unread(): number {
    return this.#inner.unread;
  }

  async read(count: number): Promise<readonly EventRecord[]> {
    await this.#temper.latency();
    const records = await this.#inner.read(count);
    if (records.length > 0) this.#journal.note({ kind: 'read', name: this.name, count });
    return records;
  }

  async readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
    await this.#temper.latency();
    return this.#inner.readRanges(ranges);
  }

  async commit(change: CursorChange): Promise<void> {
    await this.#journal.write({ kind: 'commit', name: this.name, change }, () => this.#inner.commit(change));
  }

  unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    return this.#inner.unsettledIds();
  }

  async close(): Promise<void> {
    await this.#inner.close();
    this.#journal.note({ kind: 'closed', name: this.name });
  }
}

class ModelDeadLetters implements DeadLetters {
  readonly #inner: () => Journal;
  readonly #write: Write;

  constructor(inner: () => Journal, write: Write) {
    this.#inner = inner;
    this.#write = write;
  }

  get size(): number {
    return this.#inner().deadLetters.size;
  }

  async addFrame(letter: NewDeadLetter): Promise<void> {
    await this.#write({ kind: 'frame', letter }, () => this.#inner().deadLetters.addFrame(letter));
  }

  list(options?: DeadLetterQuery): Promise<readonly DeadLetter[]> {
    return this.#inner().deadLetters.list(options);
  }

  get(numbers: readonly number[]): Promise<readonly DeadLetter[]> {
    return this.#inner().deadLetters.get(numbers);
  }

  async replace(letters: readonly DeadLetter[]): Promise<void> {
    await this.#write({ kind: 'replaced', letters }, () => this.#inner().deadLetters.replace(letters));
  }

  remove(numbers: readonly number[]): Promise<number> {
    return this.#write({ kind: 'removed', numbers }, () => this.#inner().deadLetters.remove(numbers));
  }
}
