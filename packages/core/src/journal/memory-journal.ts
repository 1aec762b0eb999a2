import { systemClock, type Clock } from '../clock.js';
import { GrantexError } from '../errors.js';
import { integerBetween, milliseconds, oneOf } from '../options.js';
import type { EventRecord } from './event-record.js';
import { FillLevel } from './fill-level.js';
import type {
  CursorOptions,
  Gap,
  Journal,
  JournalCursor,
  JournalObserver,
  JournalStats,
  Remembered,
} from './journal.js';
import { MemoryCursor } from './memory-cursor.js';
import { MemoryDeadLetters } from './memory-dead-letters.js';
import { MemoryGroups, type Group } from './memory-groups.js';

/** Options of {@link MemoryJournal}: how much it holds, and what happens when it is full. */
export interface MemoryJournalOptions {
  /** Bytes that events may take, counted as the characters of their texts and 256 for each. @defaultValue 268_435_456 */
  readonly maxBytes?: number;
  /**
   * At the limit: `overrun` moves the destination that lags most on, and records what it misses; `block` makes the
   * append wait, for `blockMs` at most, before it does the same. @defaultValue 'overrun'
   */
  readonly whenFull?: 'overrun' | 'block';
  /** Milliseconds; `Infinity` is for a journal that no stream feeds. @defaultValue 30_000 */
  readonly blockMs?: number;
  /** Dead letters kept at most. At the bound the delivery holds. @defaultValue 10_000 */
  readonly maxDeadLetters?: number;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const SILENT: JournalObserver = { onOverrun: () => {}, onFilling: () => {} };
const MAX_GAPS = 1_000;
const MAX_DEAD_LETTER_BYTES = 67_108_864;
/** At the limit so much is freed at once that not every append has to look for room. */
const FREED_AT_ONCE = 0.05;

/** The journal in memory: everything is lost when the process ends. Bounded; see the options. */
export class MemoryJournal implements Journal {
  readonly #maxBytes: number;
  readonly #blockMs: number;
  readonly #clock: Clock;
  readonly #groups = new MemoryGroups();
  readonly #cursors = new Map<string, MemoryCursor>();
  readonly #fill: FillLevel;
  readonly #gaps: Gap[] = [];
  /** Makes the append that waits for room look again. */
  #wakeWaiting = (): void => {};
  /** Settles when the last of those who wait to append has had its turn; undefined when nobody waits. */
  #line: Promise<void> | undefined;
  readonly deadLetters: MemoryDeadLetters;
  #observer = SILENT;
  #closed = false;

  constructor(options: MemoryJournalOptions = {}) {
    const { whenFull = 'overrun', blockMs = 30_000 } = options;
    this.#maxBytes = integerBetween('maxBytes', options.maxBytes ?? 268_435_456, 1, Number.MAX_SAFE_INTEGER);
    oneOf('whenFull', whenFull, ['overrun', 'block']);
    this.#blockMs = whenFull === 'block' ? milliseconds('blockMs', blockMs, Infinity) : 0;
    this.#clock = options.clock ?? systemClock;
    this.deadLetters = new MemoryDeadLetters(
      integerBetween('maxDeadLetters', options.maxDeadLetters ?? 10_000, 1, Number.MAX_SAFE_INTEGER),
      MAX_DEAD_LETTER_BYTES,
    );
    this.#fill = new FillLevel(this.#maxBytes, this.#clock, (percent, msLeft) => {
      this.#observer.onFilling(percent, this.#slowestName(), msLeft);
    });
  }

  async open(observer: JournalObserver): Promise<Remembered> {
    this.#observer = observer;
    this.#closed = false;
    return { recentIds: [] };
  }

  async append(records: readonly EventRecord[]): Promise<void> {
    this.#refuseWhenClosed();
    const needed = MemoryGroups.bytesOf(records);
    if (this.#line === undefined && !this.#isFull(needed)) this.#store(records, needed);
    else await this.#storeInTurn(records, needed);
  }

  /** Of no use here: nothing outlives the process. */
  async noteHeard(): Promise<void> {}

  async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    this.#refuseWhenClosed();
    const known = this.#cursors.get(name);
    if (known?.inUse === true) throw new GrantexError('STATE_INVALID', `the cursor "${name}" is in use`);
    if (known !== undefined) {
      known.reopen(options);
      return known;
    }
    const cursor = new MemoryCursor(name, options, {
      groups: this.#groups,
      deadLetters: this.deadLetters,
      onChange: () => this.#trim(),
    });
    this.#cursors.set(name, cursor);
    return cursor;
  }

  async dropCursor(name: string): Promise<number> {
    const discarded = this.#cursors.get(name)?.lag ?? 0;
    this.#cursors.delete(name);
    this.#trim();
    return discarded;
  }

  async recordGap(gap: Gap): Promise<void> {
    this.#gaps.push(gap);
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  stats(): JournalStats {
    return {
      events: this.#groups.size,
      bytes: this.#groups.bytes,
      // Nothing is kept once everybody has settled it.
      waitingBytes: this.#groups.bytes,
      maxBytes: this.#maxBytes,
      head: this.#groups.head,
      deadLetters: this.deadLetters.size,
      overruns: [...this.#cursors.values()].flatMap((cursor) => cursor.overruns),
      gaps: [...this.#gaps],
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wakeWaiting();
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new GrantexError('JOURNAL_CLOSED', 'the journal is closed');
  }

  /** Lets go of what every cursor has settled, and of transient cursors that were closed. */
  #trim(): void {
    let below = this.#groups.head + 1;
    for (const cursor of this.#cursors.values()) {
      if (cursor.transient && !cursor.inUse) this.#cursors.delete(cursor.name);
      else below = Math.min(below, cursor.settledBelow);
    }
    this.#groups.dropBelow(below);
    this.#fill.update(this.#groups.bytes);
    this.#wakeWaiting();
  }

  #slowestName(): string {
    let slowest: MemoryCursor | undefined;
    for (const cursor of this.#cursors.values()) {
      if (slowest === undefined || cursor.settledBelow < slowest.settledBelow) slowest = cursor;
    }
    return slowest?.name ?? '';
  }

  #store(records: readonly EventRecord[], bytes: number): void {
    this.#groups.append(records, bytes);
    this.#fill.update(this.#groups.bytes);
    for (const cursor of this.#cursors.values()) cursor.announce();
  }

  /** Who comes later waits behind, even with a smaller group: events keep the order in which they were appended. */
  async #storeInTurn(records: readonly EventRecord[], bytes: number): Promise<void> {
    const deadline = this.#clock.now() + this.#blockMs;
    const before = this.#line;
    const turn = Promise.withResolvers<void>();
    this.#line = turn.promise;
    try {
      await before;
      this.#refuseWhenClosed();
      await this.#makeRoom(bytes, deadline);
      this.#store(records, bytes);
    } finally {
      if (this.#line === turn.promise) this.#line = undefined;
      turn.resolve();
    }
  }

  async #makeRoom(needed: number, deadline: number): Promise<void> {
    this.#dropSettled();
    while (this.#isFull(needed)) {
      const msLeft = deadline - this.#clock.now();
      if (!(msLeft > 0)) break;
      await this.#waitForRoom(msLeft);
      this.#refuseWhenClosed();
    }
    if (this.#isFull(needed)) this.#dropSettled();
    if (this.#isFull(needed)) this.#overrun(Math.max(needed, this.#maxBytes * FREED_AT_ONCE));
  }

  #isSettled(group: Group): boolean {
    for (const cursor of this.#cursors.values()) if (!cursor.hasSettled(group)) return false;
    return true;
  }

  /** Lets go of what all have settled, also behind an event that somebody has not. */
  #dropSettled(): void {
    this.#groups.dropWhere(
      (group) => this.#isSettled(group),
      () => false,
    );
  }

  #isFull(needed: number): boolean {
    return this.#groups.bytes > 0 && this.#groups.bytes + needed > this.#maxBytes;
  }

  async #waitForRoom(ms: number): Promise<void> {
    const waiting = new AbortController();
    this.#wakeWaiting = () => waiting.abort();
    try {
      await this.#clock.sleep(ms, waiting.signal);
    } catch {
      // Woken: there may be room.
    } finally {
      this.#wakeWaiting = () => {};
    }
  }

  /**
   * Moves the cursors that lag most past what they have not read, from the oldest group on, until there is room. What a
   * cursor has read stays: its delivery holds it anyway, and may still deliver it.
   */
  #overrun(needed: number): void {
    const cursors = [...this.#cursors.values()];
    const skipped = new Map<MemoryCursor, { first: EventRecord; last: EventRecord; count: number }>();
    const surplus = this.#groups.bytes + needed - this.#maxBytes;
    this.#groups.dropWhere(
      (group) => {
        for (const cursor of cursors) noteSkipped(skipped, cursor, cursor.skip(group));
        return this.#isSettled(group);
      },
      (freed) => freed >= surplus,
    );
    for (const [cursor, { first, last, count }] of skipped) {
      const { overrun, started } = cursor.recordOverrun(first.id, last.id, count, this.#clock.now());
      this.#observer.onOverrun(overrun, started);
    }
  }
}

function noteSkipped(
  noted: Map<MemoryCursor, { first: EventRecord; last: EventRecord; count: number }>,
  cursor: MemoryCursor,
  records: readonly EventRecord[],
): void {
  const last = records.at(-1);
  const before = noted.get(cursor);
  const first = before?.first ?? records[0];
  if (first === undefined || last === undefined) return;
  noted.set(cursor, { first, last, count: (before?.count ?? 0) + records.length });
}
