import type { RecordGroup } from '@grantex/core';

/** Of so many bytes the newest groups are kept as they were appended, so that readers near the head parse nothing twice. */
const FRESH_BYTES = 8_388_608;
/** What a record takes beside the characters of its text. */
const RECORD_BYTES = 256;
/** Dropped groups at the front are cut off when there are so many. */
const CUT_AT = 1_024;

export function bytesInMemory(group: RecordGroup): number {
  return group.records.reduce((sum, { text }) => sum + text.length + RECORD_BYTES, 0);
}

/** The newest groups, in memory: those that somebody has still to settle, and no more than {@link FRESH_BYTES}. */
export class FreshGroups {
  /** Undefined before the start: dropped ones take no memory until they are cut off. */
  #groups: ({ readonly group: RecordGroup; readonly bytes: number } | undefined)[] = [];
  #start = 0;
  #bytes = 0;
  #from = 1;

  /** All events from this position on that are in the journal are here. */
  get from(): number {
    return this.#from;
  }

  /** Begins anew: nothing below `from` is here. */
  reset(from: number): void {
    this.#groups = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#from = from;
  }

  push(group: RecordGroup): void {
    const bytes = bytesInMemory(group);
    this.#groups.push({ group, bytes });
    this.#bytes += bytes;
    while (this.#bytes > FRESH_BYTES && this.#start < this.#groups.length - 1) this.#dropFirst();
  }

  /** Lets go of the groups that lie below the position as a whole. */
  dropBelow(position: number): void {
    while ((this.#groups[this.#start]?.group.last ?? Infinity) < position) this.#dropFirst();
  }

  /** The group that holds the position or, where it is missing, the next one. */
  at(position: number): RecordGroup | undefined {
    let low = this.#start;
    let high = this.#groups.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#groups[middle]?.group.last ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return this.#groups[low]?.group;
  }

  #dropFirst(): void {
    const first = this.#groups[this.#start];
    if (first === undefined) return;
    this.#groups[this.#start++] = undefined;
    this.#bytes -= first.bytes;
    this.#from = first.group.last + 1;
    if (this.#start >= CUT_AT && this.#start * 2 >= this.#groups.length) {
      this.#groups = this.#groups.slice(this.#start);
      this.#start = 0;
    }
  }
}
