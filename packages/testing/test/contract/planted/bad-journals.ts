import {
  MemoryJournal,
  type CursorChange,
  type CursorOptions,
  type EventRecord,
  type JournalCursor,
  type JournalObserver,
  type JournalStats,
  type OpenBatch,
  type PositionRange,
  type Remembered,
} from '@grantex/core';
import type { JournalSubjectOptions } from '@grantex/testing';
import { DiskJournal, WrappedCursor, WrappedJournal } from './wrapped-journal.js';

/** Of every larger piece that is read the last event is left out. */
export class LosesRange extends WrappedJournal {
  protected override wrap(cursor: JournalCursor): JournalCursor {
    return new (class extends WrappedCursor {
      override async read(count: number): Promise<readonly EventRecord[]> {
        const read = await super.read(count);
        return read.length > 6 ? read.slice(0, -1) : read;
      }
    })(cursor);
  }
}

/** The first position of a group is the last one of the group before. */
export class RepeatsPosition extends WrappedJournal {
  override async append(records: readonly EventRecord[]): Promise<void> {
    await super.append(records);
    const [first] = records;
    if (first !== undefined && first.position > 1) first.position--;
  }
}

/** A cursor that is opened again knows of no batch. */
export class ForgetsOpenBatches extends WrappedJournal {
  readonly #opened = new Set<string>();

  protected override wrap(cursor: JournalCursor): JournalCursor {
    const isAgain = this.#opened.has(cursor.name);
    this.#opened.add(cursor.name);
    return new (class extends WrappedCursor {
      override get openBatches(): readonly OpenBatch[] {
        return isAgain ? [] : super.openBatches;
      }
    })(cursor);
  }
}

/** Settles first and looks for room for the dead letters afterwards. */
export class CommitsHalf extends WrappedJournal {
  protected override wrap(cursor: JournalCursor): JournalCursor {
    return new (class extends WrappedCursor {
      override async commit({ settled = [], ...rest }: CursorChange): Promise<void> {
        await super.commit({ settled });
        await super.commit(rest);
      }
    })(cursor);
  }
}

/** At the limit it also takes what readers have in hand. */
export class TakesWhatWasRead extends WrappedJournal {
  #isOverrun = false;

  override open(observer: JournalObserver): Promise<Remembered> {
    return super.open({
      onFilling: observer.onFilling.bind(observer),
      onOverrun: (overrun, started) => {
        this.#isOverrun = true;
        observer.onOverrun(overrun, started);
      },
    });
  }

  protected override wrap(cursor: JournalCursor): JournalCursor {
    const isOverrun = (): boolean => this.#isOverrun;
    return new (class extends WrappedCursor {
      override async readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
        return isOverrun() ? [] : super.readRanges(ranges);
      }
    })(cursor);
  }
}

/** Has forgotten that limits are for something. */
export class NeverTrims extends WrappedJournal {
  #bytes = 0;

  constructor(options: JournalSubjectOptions) {
    super(new MemoryJournal({ ...options, maxBytes: Number.MAX_SAFE_INTEGER }));
  }

  override async append(records: readonly EventRecord[]): Promise<void> {
    await super.append(records);
    for (const { text } of records) this.#bytes += text.length;
  }

  override stats(): JournalStats {
    return { ...super.stats(), bytes: this.#bytes };
  }
}

/** Counts one more than were lost. */
export class Miscounts extends WrappedJournal {
  override open(observer: JournalObserver): Promise<Remembered> {
    return super.open({
      onFilling: observer.onFilling.bind(observer),
      onOverrun: (overrun, started) => observer.onOverrun({ ...overrun, count: overrun.count + 1 }, started),
    });
  }
}

/** Moves everybody on at the limit: by telling of it, at least. */
export class HidesOverrun extends WrappedJournal {
  override open(observer: JournalObserver): Promise<Remembered> {
    return super.open({ onFilling: observer.onFilling.bind(observer), onOverrun: () => {} });
  }
}

/** A cursor that is opened again begins at the newest event. */
export class ForgetsPlace extends WrappedJournal {
  readonly #opened = new Set<string>();

  override async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    if (this.#opened.has(name)) {
      // Who has it in hand is told by the journal behind.
      await (await this.inner.openCursor(name, options)).close();
      await this.inner.dropCursor(name);
    }
    this.#opened.add(name);
    return super.openCursor(name, options);
  }
}

/** Appends wherever there is room, so that a small group passes a large one. */
export class PassesWaiting extends WrappedJournal {
  #waiting: Promise<void> = Promise.resolve();

  override async append(records: readonly EventRecord[]): Promise<void> {
    if (records.length > 2) await this.#waiting.then(() => new Promise((resolve) => setImmediate(resolve)));
    this.#waiting = super.append(records);
    await this.#waiting;
  }
}

/** Does not block, whatever it is told. */
export class NeverBlocks extends WrappedJournal {
  constructor(options: JournalSubjectOptions) {
    super(new MemoryJournal({ ...options, whenFull: 'overrun' }));
  }
}

/** Says "durable" before the last group is on the disk. */
export class LosesLastGroup extends DiskJournal {
  readonly #lost: ReadonlySet<string>;
  #last: readonly EventRecord[] = [];

  constructor(inner: MemoryJournal, before?: DiskJournal) {
    super(inner, before);
    this.#lost = new Set(before instanceof LosesLastGroup ? before.#last.map(({ id }) => id) : []);
  }

  override async append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    await super.append(records, heardUntil);
    this.#last = records;
  }

  protected override wrap(cursor: JournalCursor): JournalCursor {
    const lost = this.#lost;
    return new (class extends WrappedCursor {
      override async read(count: number): Promise<readonly EventRecord[]> {
        return (await super.read(count)).filter(({ id }) => !lost.has(id));
      }
    })(cursor);
  }
}

/** Remembers no ids, so that every restart repeats. */
export class ForgetsIds extends DiskJournal {
  override async open(observer: JournalObserver): Promise<Remembered> {
    return { ...(await super.open(observer)), recentIds: [] };
  }
}

/** Keeps cursors in memory only: after a restart nobody is known, and what they had not settled is let go. */
export class ForgetsCursors extends DiskJournal {
  readonly #isAgain: boolean;

  constructor(inner: MemoryJournal, before?: DiskJournal) {
    super(inner, before);
    this.#isAgain = before !== undefined;
  }

  override async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    if (!this.#isAgain || options.transient === true) return super.openCursor(name, options);
    await this.inner.dropCursor(name);
    return super.openCursor(name, options);
  }
}
