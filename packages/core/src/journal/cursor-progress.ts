import type { EventRecord } from './event-record.js';
import type { CursorChange, OpenBatch, PositionRange } from './journal.js';
import { SettledPositions } from './settled-positions.js';

/** Records that were appended together, in order and without a position left out. */
export interface RecordGroup {
  readonly first: number;
  readonly last: number;
  readonly records: readonly EventRecord[];
}

/**
 * How far a cursor is: what it has settled, the batches it holds open, and up to where it has read. Knows nothing of how
 * events are stored, so that every journal counts in the same way.
 */
export class CursorProgress {
  readonly #settled: SettledPositions;
  readonly #open: Map<number, OpenBatch>;
  #readPosition: number;

  /** Reading begins at the first position that is not settled. */
  constructor(settled: SettledPositions, open: readonly OpenBatch[] = []) {
    this.#settled = settled;
    this.#open = new Map(open.map((batch) => [batch.id, batch]));
    this.#readPosition = settled.below;
  }

  /** The same, for a change that may still fail. */
  copy(): CursorProgress {
    const copy = new CursorProgress(this.#settled.copy(), [...this.#open.values()]);
    copy.#readPosition = this.#readPosition;
    return copy;
  }

  get settled(): Readonly<Pick<SettledPositions, 'below' | 'ranges' | 'covers' | 'has' | 'nextUnsettled'>> {
    return this.#settled;
  }

  /** By position. */
  get openBatches(): readonly OpenBatch[] {
    return [...this.#open.values()].toSorted((one, other) => one.id - other.id);
  }

  /** The next position to read. */
  get readPosition(): number {
    return this.#readPosition;
  }

  lag(head: number): number {
    return this.#settled.countUnsettled(head);
  }

  unread(head: number): number {
    let count = this.#settled.countUnsettled(head, this.#readPosition);
    for (const { ranges } of this.#open.values()) {
      for (const [first, last] of ranges)
        count -= this.#settled.countUnsettled(last, Math.max(first, this.#readPosition));
    }
    return count;
  }

  /** Reads again from the first position that is not settled. */
  rewind(): void {
    this.#readPosition = this.#settled.below;
  }

  apply(change: Pick<CursorChange, 'settled' | 'open' | 'close'>): void {
    for (const [first, last] of change.settled ?? []) this.#settled.add(first, last);
    if (change.open !== undefined) this.#open.set(change.open.id, change.open);
    if (change.close !== undefined) this.#open.delete(change.close);
  }

  /** Reads the group on from the read position: at most `count` records that are neither settled nor in an open batch. */
  take(group: RecordGroup, count: number): EventRecord[] {
    const records: EventRecord[] = [];
    let position = Math.max(this.#readPosition, group.first);
    if (this.#open.size === 0 && position >= this.#settled.end) {
      // The usual case: nothing from here on is settled, since nobody has read it.
      const end = Math.min(group.last + 1, position + count);
      records.push(...group.records.slice(position - group.first, end - group.first));
      position = end;
    }
    for (; position <= group.last && records.length < count; position++) {
      const record = group.records[position - group.first];
      if (record !== undefined && !this.#isTaken(position)) records.push(record);
    }
    this.#readPosition = position;
    return records;
  }

  /** Passes over what it has not read of `first` to `last`. Returns what is never delivered for that reason. */
  skip(first: number, last: number): readonly PositionRange[] {
    if (this.#readPosition > last) return [];
    const skipped = this.#untaken(Math.max(this.#readPosition, first), last);
    for (const [from, to] of skipped) this.#settled.add(from, to);
    this.#readPosition = last + 1;
    return skipped;
  }

  /** Whether reading passes over the position: it is settled, or a batch from before holds it. */
  #isTaken(position: number): boolean {
    if (position < this.#settled.below || this.#settled.has(position)) return true;
    for (const { ranges } of this.#open.values()) {
      if (ranges.some(([first, last]) => position >= first && position <= last)) return true;
    }
    return false;
  }

  /** The parts of `first` to `last` that are neither settled nor in an open batch. */
  #untaken(first: number, last: number): PositionRange[] {
    const taken = new SettledPositions(Math.max(first, this.#settled.below), this.#settled.ranges);
    for (const { ranges } of this.#open.values()) for (const [from, to] of ranges) taken.add(from, to);
    return taken.unsettledRanges(last);
  }
}
