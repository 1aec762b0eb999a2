import type { EventRecord } from './event-record.js';
import type { PositionRange } from './journal.js';

/** Records that were appended together. */
export interface Group {
  readonly first: number;
  readonly last: number;
  readonly records: readonly EventRecord[];
  readonly bytes: number;
  /** Bytes of all groups ever appended, this one included. */
  readonly endOffset: number;
}

/** What an event takes beside the characters of its text: its record, its id, its places in lists. */
const RECORD_BYTES = 256;
/** Of so many bytes at the end the parsed events are kept; readers further behind parse again. */
const FRESH_BYTES = 8_388_608;
/** Dropped groups at the front are cut off when there are so many, so that cutting costs little for each. */
const CUT_AT = 1_024;

/** The groups of a journal in memory, by position. Those in the middle may be missing. */
export class MemoryGroups {
  #groups: (Group | undefined)[] = [];
  /** Index of the first group that was not dropped. */
  #start = 0;
  #bytes = 0;
  #size = 0;
  #head = 0;
  #offset = 0;
  /** Groups that end at or below this position have let go of their parsed events. */
  #parsedAbove = 0;

  static bytesOf(records: readonly EventRecord[]): number {
    let bytes = 0;
    for (const record of records) bytes += record.text.length + RECORD_BYTES;
    return bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Events held. */
  get size(): number {
    return this.#size;
  }

  /** The position of the newest event; 0 before the first. */
  get head(): number {
    return this.#head;
  }

  /** The position of the oldest event that is held; behind the head when none is. */
  get oldest(): number {
    return this.#groups[this.#start]?.first ?? this.#head + 1;
  }

  /** The positions between the oldest and the newest event whose groups were dropped. */
  get missing(): readonly PositionRange[] {
    const missing: PositionRange[] = [];
    let next = this.oldest;
    for (let index = this.#start; index < this.#groups.length; index++) {
      const group = this.#groups[index];
      if (group === undefined) continue;
      if (group.first > next) missing.push([next, group.first - 1]);
      next = group.last + 1;
    }
    if (next <= this.#head) missing.push([next, this.#head]);
    return missing;
  }

  append(records: readonly EventRecord[], bytes: number): void {
    if (records.length === 0) return;
    const first = this.#head + 1;
    for (const record of records) record.position = ++this.#head;
    this.#offset += bytes;
    this.#groups.push({ first, last: this.#head, records, bytes, endOffset: this.#offset });
    this.#bytes += bytes;
    this.#size += records.length;
    this.#dropParsed();
  }

  /** The group that holds the position or, where it is missing, the next one. */
  groupAt(position: number): Group | undefined {
    return this.#groups[this.#indexAt(position)];
  }

  /** Drops the groups that lie below the position as a whole. */
  dropBelow(position: number): void {
    for (let group = this.#groups[this.#start]; group !== undefined && group.last < position;) {
      this.#groups[this.#start++] = undefined;
      this.#bytes -= group.bytes;
      this.#size -= group.records.length;
      group = this.#groups[this.#start];
    }
    if (this.#start >= CUT_AT && this.#start * 2 >= this.#groups.length) {
      this.#groups = this.#groups.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Visits the groups from the oldest on, and drops those that `isDone` says nobody needs, until `isEnough` is freed. */
  dropWhere(isDone: (group: Group) => boolean, isEnough: (freedBytes: number) => boolean): void {
    const kept: Group[] = [];
    let freed = 0;
    let index = this.#start;
    for (; index < this.#groups.length && !isEnough(freed); index++) {
      const group = this.#groups[index];
      if (group === undefined) continue;
      if (isDone(group)) {
        freed += group.bytes;
        this.#size -= group.records.length;
      } else {
        kept.push(group);
      }
    }
    this.#groups = [...kept, ...this.#groups.slice(index)];
    this.#start = 0;
    this.#bytes -= freed;
  }

  #dropParsed(): void {
    const freshFrom = this.#offset - FRESH_BYTES;
    for (let index = this.#indexAt(this.#parsedAbove + 1); index < this.#groups.length; index++) {
      const group = this.#groups[index];
      if (group === undefined || group.endOffset > freshFrom) break;
      for (const record of group.records) record.dropParsed();
      this.#parsedAbove = group.last;
    }
  }

  #indexAt(position: number): number {
    let low = this.#start;
    let high = this.#groups.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#groups[middle]?.last ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
