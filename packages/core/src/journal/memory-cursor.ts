import { CursorProgress } from './cursor-progress.js';
import type { EventRecord } from './event-record.js';
import type { CursorChange, CursorOptions, JournalCursor, OpenBatch, Overrun, PositionRange } from './journal.js';
import type { MemoryDeadLetters } from './memory-dead-letters.js';
import type { Group, MemoryGroups } from './memory-groups.js';
import { OverrunLog } from './overrun-log.js';
import { SettledPositions } from './settled-positions.js';

/** A cursor of the journal in memory. It outlives its handle, so that a later run goes on where this one stopped. */
export class MemoryCursor implements JournalCursor {
  readonly name: string;
  readonly #groups: MemoryGroups;
  readonly #deadLetters: MemoryDeadLetters;
  readonly #onChange: () => void;
  readonly #progress: CursorProgress;
  readonly #overruns: OverrunLog;
  #options: CursorOptions;
  #inUse = true;

  /** `onChange` is called when there may be something to trim. */
  constructor(
    name: string,
    options: CursorOptions,
    journal: { readonly groups: MemoryGroups; readonly deadLetters: MemoryDeadLetters; readonly onChange: () => void },
  ) {
    this.name = name;
    this.#options = options;
    this.#groups = journal.groups;
    this.#deadLetters = journal.deadLetters;
    this.#onChange = journal.onChange;
    this.#overruns = new OverrunLog(name);
    // What is gone cannot be read by a newcomer, and must not count as its lag.
    this.#progress = new CursorProgress(
      options.from === 'oldest'
        ? new SettledPositions(this.#groups.oldest, this.#groups.missing)
        : new SettledPositions(this.#groups.head + 1),
    );
  }

  get inUse(): boolean {
    return this.#inUse;
  }

  get transient(): boolean {
    return this.#options.transient ?? false;
  }

  get overruns(): readonly Overrun[] {
    return this.#overruns.overruns;
  }

  get openBatches(): readonly OpenBatch[] {
    return this.#progress.openBatches;
  }

  get head(): number {
    return this.#groups.head;
  }

  get settledBelow(): number {
    return this.#progress.settled.below;
  }

  get lag(): number {
    return this.#progress.lag(this.#groups.head);
  }

  get unread(): number {
    return this.#progress.unread(this.#groups.head);
  }

  /** Gives the cursor to a new reader, from the first event that is not settled. */
  reopen(options: CursorOptions): void {
    this.#options = options;
    this.#inUse = true;
    this.#progress.rewind();
    this.#overruns.end(); // The next one may begin before the last: with what the reader before had in hand.
  }

  /** Tells the reader that something was appended. */
  announce(): void {
    if (this.#inUse) this.#options.onReadable(this.unread);
  }

  async read(count: number): Promise<readonly EventRecord[]> {
    const records: EventRecord[] = [];
    while (records.length < count) {
      const group = this.#groups.groupAt(this.#progress.readPosition);
      if (group === undefined) break;
      for (const record of this.#progress.take(group, count - records.length)) records.push(record);
    }
    if (records.length > 0) this.#overruns.end();
    return records;
  }

  async readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
    const records: EventRecord[] = [];
    for (const [first, last] of ranges) {
      for (let position = first; position <= last; position++) {
        const group = this.#groups.groupAt(position);
        const record = group?.records[position - group.first];
        if (record !== undefined) records.push(record);
      }
    }
    return records;
  }

  async commit(change: CursorChange): Promise<void> {
    if (change.deadLetters !== undefined) this.#deadLetters.addAll(change.deadLetters);
    this.#progress.apply(change);
    this.#onChange();
  }

  async unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    const { settled } = this.#progress;
    const first = this.#recordAt(settled.nextUnsettled(settled.below));
    let lastPosition = this.#groups.head;
    while (lastPosition >= settled.below && settled.has(lastPosition)) lastPosition--;
    const last = this.#recordAt(lastPosition);
    return first === undefined || last === undefined ? undefined : { first: first.id, last: last.id };
  }

  async close(): Promise<void> {
    this.#inUse = false;
    this.#onChange();
  }

  hasSettled(group: Group): boolean {
    return this.#progress.settled.covers(group.first, group.last);
  }

  /** Passes over what it has not read of the group. Returns the events that are never delivered for that reason. */
  skip(group: Group): readonly EventRecord[] {
    return this.#progress
      .skip(group.first, group.last)
      .flatMap(([first, last]) => group.records.slice(first - group.first, last + 1 - group.first));
  }

  /** Notes that events were skipped. `started`: this is not the continuation of the last overrun. */
  recordOverrun(firstId: string, lastId: string, count: number, at: number): { overrun: Overrun; started: boolean } {
    return this.#overruns.record(firstId, lastId, count, at);
  }

  #recordAt(position: number): EventRecord | undefined {
    const group = this.#groups.groupAt(position);
    return group?.records[position - group.first];
  }
}
