import type {
  CursorOptions,
  DeadLetters,
  EventRecord,
  Gap,
  Journal,
  JournalCursor,
  JournalObserver,
  JournalStats,
  Remembered,
  Takeover,
} from '@grantex/core';

/** A journal that tells which events it has, and not before the append has resolved. */
export class AnnouncedJournal implements Journal {
  readonly #journal: Journal;
  readonly #announce: (ids: readonly string[]) => void;

  constructor(journal: Journal, announce: (ids: readonly string[]) => void) {
    this.#journal = journal;
    this.#announce = announce;
  }

  get deadLetters(): DeadLetters {
    return this.#journal.deadLetters;
  }

  open(observer: JournalObserver, takeover?: Takeover): Promise<Remembered> {
    return this.#journal.open(observer, takeover);
  }

  async append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    await this.#journal.append(records, heardUntil);
    this.#announce(records.map(({ id }) => id));
  }

  noteHeard(heardUntil: number): Promise<void> {
    return this.#journal.noteHeard(heardUntil);
  }

  openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    return this.#journal.openCursor(name, options);
  }

  dropCursor(name: string): Promise<number> {
    return this.#journal.dropCursor(name);
  }

  recordGap(gap: Gap): Promise<void> {
    return this.#journal.recordGap(gap);
  }

  stats(): JournalStats {
    return this.#journal.stats();
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
