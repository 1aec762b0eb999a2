import {
  MemoryJournal,
  type CursorChange,
  type CursorOptions,
  type DeadLetters,
  type EventRecord,
  type Gap,
  type Journal,
  type JournalCursor,
  type JournalObserver,
  type JournalStats,
  type OpenBatch,
  type PositionRange,
  type Remembered,
} from '@grantex/core';
import type { JournalSubject, JournalSubjectOptions } from '@grantex/testing';

/** A journal that does what the one behind it does. The bad ones differ in one thing each. */
export class WrappedJournal implements Journal {
  protected readonly inner: Journal;

  constructor(inner: Journal) {
    this.inner = inner;
  }

  get deadLetters(): DeadLetters {
    return this.inner.deadLetters;
  }

  open(observer: JournalObserver): Promise<Remembered> {
    return this.inner.open(observer);
  }

  append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    return this.inner.append(records, heardUntil);
  }

  noteHeard(heardUntil: number): Promise<void> {
    return this.inner.noteHeard(heardUntil);
  }

  async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    return this.wrap(await this.inner.openCursor(name, options));
  }

  dropCursor(name: string): Promise<number> {
    return this.inner.dropCursor(name);
  }

  recordGap(gap: Gap): Promise<void> {
    return this.inner.recordGap(gap);
  }

  stats(): JournalStats {
    return this.inner.stats();
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  protected wrap(cursor: JournalCursor): JournalCursor {
    return cursor;
  }
}

/** A cursor that does what the one behind it does. */
export class WrappedCursor implements JournalCursor {
  protected readonly inner: JournalCursor;

  constructor(inner: JournalCursor) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get openBatches(): readonly OpenBatch[] {
    return this.inner.openBatches;
  }

  get head(): number {
    return this.inner.head;
  }

  get settledBelow(): number {
    return this.inner.settledBelow;
  }

  get lag(): number {
    return this.inner.lag;
  }

  get unread(): number {
    return this.inner.unread;
  }

  read(count: number): Promise<readonly EventRecord[]> {
    return this.inner.read(count);
  }

  readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
    return this.inner.readRanges(ranges);
  }

  commit(change: CursorChange): Promise<void> {
    return this.inner.commit(change);
  }

  unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    return this.inner.unsettledIds();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/**
 * As good as durable, for the suite: the journal behind it plays the disk. A crash ends the handles; what is not on the
 * "disk" is gone.
 */
export class DiskJournal extends WrappedJournal {
  readonly #ids: string[];
  #heardUntil: number | undefined;
  readonly #cursors: { readonly handle: JournalCursor; readonly isTransient: boolean }[] = [];

  /** `before`: the one that crashed. */
  constructor(inner: MemoryJournal, before?: DiskJournal) {
    super(inner);
    this.#ids = before === undefined ? [] : before.#ids;
    if (before !== undefined) this.#heardUntil = before.#heardUntil;
  }

  override async open(observer: JournalObserver): Promise<Remembered> {
    await super.open(observer);
    return { recentIds: [...this.#ids], ...(this.#heardUntil !== undefined && { heardUntil: this.#heardUntil }) };
  }

  override async append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    await super.append(records);
    this.#ids.push(...records.map(({ id }) => id));
    this.#heardUntil = heardUntil ?? this.#heardUntil;
  }

  override async noteHeard(heardUntil: number): Promise<void> {
    this.#heardUntil = heardUntil;
  }

  override async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    const handle = await this.inner.openCursor(name, options);
    this.#cursors.push({ handle, isTransient: options.transient ?? false });
    return this.wrap(handle);
  }

  async crash(): Promise<void> {
    for (const { handle, isTransient } of this.#cursors) {
      await handle.close();
      if (isTransient) await this.inner.dropCursor(handle.name);
    }
  }
}

export function memorySubject(journal: (options: JournalSubjectOptions) => Journal): JournalSubject {
  return { journal, async [Symbol.asyncDispose]() {} };
}

export type DiskClass = new (inner: MemoryJournal, before?: DiskJournal) => DiskJournal;

/** The subject of a {@link DiskJournal} or of a bad one of its kind. */
export function diskSubject(Disk: DiskClass): JournalSubject {
  let disk: MemoryJournal | undefined;
  let journal: DiskJournal | undefined;
  return {
    journal(options) {
      disk = new MemoryJournal(options);
      return (journal = new Disk(disk));
    },
    async crash() {
      if (disk === undefined || journal === undefined) throw new Error('crash() before journal()');
      await journal.crash();
      return (journal = new Disk(disk, journal));
    },
    async [Symbol.asyncDispose]() {},
  };
}
