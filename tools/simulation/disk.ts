import {
  EventRecord,
  MemoryJournal,
  type CursorChange,
  type CursorOptions,
  type DeadLetter,
  type Gap,
  type JournalCursor,
  type MemoryJournalOptions,
  type NewDeadLetter,
} from '@grantex/core';

/** What a journal did, in the order in which it took effect. Reading belongs to it: what is read is not passed over. */
export type Entry =
  | { readonly kind: 'opened' }
  | {
      readonly kind: 'append';
      readonly records: readonly { id: string; text: string }[];
      readonly heardUntil: number | undefined;
    }
  | { readonly kind: 'heard'; readonly heardUntil: number }
  | { readonly kind: 'cursor'; readonly name: string; readonly options: Pick<CursorOptions, 'from' | 'transient'> }
  | { readonly kind: 'closed'; readonly name: string }
  | { readonly kind: 'dropped'; readonly name: string }
  | { readonly kind: 'read'; readonly name: string; readonly count: number }
  | { readonly kind: 'commit'; readonly name: string; readonly change: CursorChange }
  | { readonly kind: 'gap'; readonly gap: Gap }
  | { readonly kind: 'frame'; readonly letter: NewDeadLetter }
  | { readonly kind: 'replaced'; readonly letters: readonly DeadLetter[] }
  | { readonly kind: 'removed'; readonly numbers: readonly number[] };

interface Written {
  readonly entry: Entry;
  readonly at: number;
}

/** What survives a crash: a log. The state of the journal is what comes out when it is played from the beginning. */
export class Disk {
  #log: Written[] = [];
  /** So many entries are safe; what follows may be lost in a crash. */
  #synced = 0;

  /** `isSafe`: this entry, and all before it, survive any crash from here on. */
  write(entry: Entry, at: number, isSafe: boolean): void {
    this.#log.push({ entry, at });
    if (isSafe) this.sync();
  }

  /** What was written is safe now. */
  sync(): void {
    this.#synced = this.#log.length;
  }

  /** Loses what is not safe, apart from a beginning of it; `part` is in [0, 1). */
  lose(part: number): void {
    const unsafe = this.#log.length - this.#synced;
    this.#log.length -= Math.floor(part * (unsafe + 1));
    this.#synced = this.#log.length;
  }

  /** Every id that was ever appended, in order. */
  get ids(): readonly string[] {
    return this.#log.flatMap(({ entry }) => (entry.kind === 'append' ? entry.records.map(({ id }) => id) : []));
  }

  get heardUntil(): number | undefined {
    const last = this.#log.findLast(({ entry }) => heardIn(entry) !== undefined);
    return last && heardIn(last.entry);
  }

  /** When it was noted for the first time that the stream is heard: what is lost from then on lies in a gap. */
  get firstHeardAt(): number {
    return this.#log.find(({ entry }) => heardIn(entry) !== undefined)?.at ?? Infinity;
  }

  /** The state that the log leads to. No cursor is in use. */
  async play(options: MemoryJournalOptions, clock: ReplayClock): Promise<MemoryJournal> {
    const journal = new MemoryJournal({ ...options, clock });
    const handles = new Map<string, JournalCursor>();
    for (const { entry, at } of this.#log) {
      clock.replayedAt = at;
      await play(entry, journal, handles).catch(() => {}); // It was in vain then, too.
    }
    for (const handle of handles.values()) await handle.close();
    clock.replayedAt = undefined;
    return journal;
  }
}

/** The clock of a journal that plays a log: it shows the times of then, and does not wait. */
export class ReplayClock {
  readonly #clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> };
  /** Undefined when the playing is over. */
  replayedAt: number | undefined;

  constructor(clock: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> }) {
    this.#clock = clock;
  }

  now(): number {
    return this.replayedAt ?? this.#clock.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (this.replayedAt === undefined) await this.#clock.sleep(ms, signal);
    else this.replayedAt += ms;
  }
}

function heardIn(entry: Entry): number | undefined {
  return entry.kind === 'append' || entry.kind === 'heard' ? entry.heardUntil : undefined;
}

async function play(entry: Entry, journal: MemoryJournal, handles: Map<string, JournalCursor>): Promise<void> {
  switch (entry.kind) {
    case 'opened':
      for (const handle of handles.values()) await handle.close();
      handles.clear();
      return;
    case 'append':
      await journal.append(entry.records.map(({ id, text }) => new EventRecord(id, text)));
      return;
    case 'heard':
      return;
    case 'cursor':
      handles.set(entry.name, await journal.openCursor(entry.name, { ...entry.options, onReadable: () => {} }));
      return;
    case 'closed':
      await handles.get(entry.name)?.close();
      handles.delete(entry.name);
      return;
    case 'dropped':
      await journal.dropCursor(entry.name);
      handles.delete(entry.name);
      return;
    case 'read':
      await handles.get(entry.name)?.read(entry.count);
      return;
    case 'commit':
      await handles.get(entry.name)?.commit(entry.change);
      return;
    case 'gap':
      await journal.recordGap(entry.gap);
      return;
    case 'frame':
      await journal.deadLetters.addFrame(entry.letter);
      return;
    case 'replaced':
      await journal.deadLetters.replace(entry.letters);
      return;
    case 'removed':
      await journal.deadLetters.remove(entry.numbers);
  }
}
