import type { EventRecord } from './event-record.js';
import type { CursorChange, CursorOptions, JournalCursor, OpenBatch, Overrun, PositionRange } from './journal.js';
import type { MemoryDeadLetters } from './memory-dead-letters.js';
import type { Group, MemoryGroups } from './memory-groups.js';
import { SettledPositions } from './settled-positions.js';

const MAX_OVERRUNS = 100;

/** A cursor of the journal in memory. It outlives its handle, so that a later run goes on where this one stopped. */
export class MemoryCursor implements JournalCursor {
  readonly name: string;
  readonly overruns: Overrun[] = [];
  readonly #groups: MemoryGroups;
  readonly #deadLetters: MemoryDeadLetters;
  readonly #onChange: () => void;
  readonly #settled: SettledPositions;
  readonly #open = new Map<number, OpenBatch>();
  #options: CursorOptions;
  /** The next position to read. */
  #readPosition: number;
  #inUse = true;
  /** Whether the last overrun goes on: nothing was read since. */
  #overrunning = false;

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
    this.#readPosition = options.from === 'oldest' ? this.#groups.oldest : this.#groups.head + 1;
    // What is gone cannot be read by a newcomer, and must not count as its lag.
    this.#settled = new SettledPositions(this.#readPosition, options.from === 'oldest' ? this.#groups.missing : []);
  }

  get inUse(): boolean {
    return this.#inUse;
  }

  get transient(): boolean {
    return this.#options.transient ?? false;
  }

  get openBatches(): readonly OpenBatch[] {
    return [...this.#open.values()].toSorted((one, other) => one.id - other.id);
  }

  get head(): number {
    return this.#groups.head;
  }

  get settledBelow(): number {
    return this.#settled.below;
  }

  get lag(): number {
    return this.#settled.countUnsettled(this.#groups.head);
  }

  get unread(): number {
    let count = this.#settled.countUnsettled(this.#groups.head, this.#readPosition);
    for (const { ranges } of this.#open.values()) {
      for (const [first, last] of ranges)
        count -= this.#settled.countUnsettled(last, Math.max(first, this.#readPosition));
    }
    return count;
  }

  /** Gives the cursor to a new reader, from the first event that is not settled. */
  reopen(options: CursorOptions): void {
    this.#options = options;
    this.#inUse = true;
    this.#readPosition = this.#settled.below;
  }

  /** Tells the reader that something was appended. */
  announce(): void {
    if (this.#inUse) this.#options.onReadable(this.unread);
  }

  async read(count: number): Promise<readonly EventRecord[]> {
    const records: EventRecord[] = [];
    while (records.length < count) {
      const group = this.#groups.groupAt(this.#readPosition);
      if (group === undefined) break;
      this.#readGroup(group, count, records);
    }
    if (records.length > 0) this.#overrunning = false;
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
    for (const [first, last] of change.settled ?? []) this.#settled.add(first, last);
    if (change.open !== undefined) this.#open.set(change.open.id, change.open);
    if (change.close !== undefined) this.#open.delete(change.close);
    this.#onChange();
  }

  async unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    const first = this.#recordAt(this.#settled.nextUnsettled(this.#settled.below));
    let lastPosition = this.#groups.head;
    while (lastPosition >= this.#settled.below && this.#settled.has(lastPosition)) lastPosition--;
    const last = this.#recordAt(lastPosition);
    return first === undefined || last === undefined ? undefined : { first: first.id, last: last.id };
  }

  async close(): Promise<void> {
    this.#inUse = false;
    this.#onChange();
  }

  hasSettled(group: Group): boolean {
    return this.#settled.covers(group.first, group.last);
  }

  /** Passes over what it has not read of the group. Returns the events that are never delivered for that reason. */
  skip(group: Group): readonly EventRecord[] {
    if (this.#readPosition > group.last) return [];
    const from = Math.max(this.#readPosition, group.first);
    const skipped = group.records.slice(from - group.first).filter((record) => !this.#isTaken(record.position));
    for (const { position } of skipped) this.#settled.add(position, position);
    this.#readPosition = group.last + 1;
    return skipped;
  }

  /** Notes that events were skipped. `started`: this is not the continuation of the last overrun. */
  recordOverrun(firstId: string, lastId: string, count: number, at: number): { overrun: Overrun; started: boolean } {
    const going = this.#overrunning ? this.overruns.pop() : undefined;
    const overrun: Overrun = {
      destination: this.name,
      firstId: going?.firstId ?? firstId,
      lastId,
      count: (going?.count ?? 0) + count,
      firstAt: going?.firstAt ?? at,
      lastAt: at,
    };
    this.overruns.push(overrun);
    if (this.overruns.length > MAX_OVERRUNS) this.overruns.shift();
    this.#overrunning = true;
    return { overrun, started: going === undefined };
  }

  #readGroup(group: Group, count: number, records: EventRecord[]): void {
    let position = Math.max(this.#readPosition, group.first);
    const end = Math.min(group.last + 1, position + count - records.length);
    if (this.#open.size === 0 && position >= this.#settled.end) {
      // The usual case: nothing from here on is settled, since nobody has read it.
      for (; position < end; position++) records.push(group.records[position - group.first] as EventRecord);
    }
    for (; position <= group.last && records.length < count; position++) {
      const record = group.records[position - group.first];
      if (record !== undefined && !this.#isTaken(position)) records.push(record);
    }
    this.#readPosition = position;
  }

  /** Whether reading passes over the position: it is settled, or a batch from before holds it. */
  #isTaken(position: number): boolean {
    if (position < this.#settled.below || this.#settled.has(position)) return true;
    for (const { ranges } of this.#open.values()) {
      if (ranges.some(([first, last]) => position >= first && position <= last)) return true;
    }
    return false;
  }

  #recordAt(position: number): EventRecord | undefined {
    const group = this.#groups.groupAt(position);
    return group?.records[position - group.first];
  }
}
