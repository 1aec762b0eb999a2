import type { PositionRange } from './journal.js';

/**
 * The positions that a cursor has settled: all below `below`, and some ranges above.
 *
 * ```
 *   1 … below-1   below …        ranges[0]          ranges[1]
 *   ███████████   ░░░░░░░░░░░░   ██████████   ░░░   ████        █ settled
 * ```
 */
export class SettledPositions {
  #below: number;
  /** Ascending, apart from one another by at least one position, all above `#below`. */
  #ranges: [number, number][];

  constructor(below = 1, ranges: readonly PositionRange[] = []) {
    this.#below = below;
    this.#ranges = [];
    for (const [first, last] of ranges) this.add(first, last);
  }

  copy(): SettledPositions {
    const copy = new SettledPositions(this.#below);
    copy.#ranges = this.#ranges.map(([first, last]) => [first, last]);
    return copy;
  }

  get below(): number {
    return this.#below;
  }

  get ranges(): readonly PositionRange[] {
    return this.#ranges;
  }

  /** Nothing from this position on is settled. */
  get end(): number {
    return (this.#ranges.at(-1)?.[1] ?? this.#below - 1) + 1;
  }

  /** Settles `first` to `last`; what is settled already stays so. */
  add(first: number, last: number): void {
    if (last < this.#below) return;
    if (first <= this.#below) this.#below = last + 1;
    else this.#insert(first, last);
    this.#absorb();
  }

  has(position: number): boolean {
    return this.nextUnsettled(position) !== position;
  }

  /** Whether all of `first` to `last` is settled. */
  covers(first: number, last: number): boolean {
    return this.nextUnsettled(first) > last;
  }

  /** The first position from `position` on that is not settled. */
  nextUnsettled(position: number): number {
    if (position < this.#below) return this.#below;
    for (const [first, last] of this.#ranges) {
      if (position < first) return position;
      if (position <= last) return last + 1;
    }
    return position;
  }

  /** How many of the positions from `from` to `head` are not settled. */
  countUnsettled(head: number, from = this.#below): number {
    const start = Math.max(from, this.#below);
    let count = head - start + 1;
    for (const [first, last] of this.#ranges) {
      count -= Math.max(Math.min(last, head) - Math.max(first, start) + 1, 0);
    }
    return Math.max(count, 0);
  }

  /** The stretches up to `head` that are not settled, in order. */
  unsettledRanges(head: number): PositionRange[] {
    const stretches: PositionRange[] = [];
    let next = this.#below;
    for (const [first, last] of this.#ranges) {
      if (next > head) break;
      stretches.push([next, Math.min(first - 1, head)]);
      next = last + 1;
    }
    if (next <= head) stretches.push([next, head]);
    return stretches;
  }

  #insert(first: number, last: number): void {
    const ranges = this.#ranges;
    let from = 0;
    while (from < ranges.length && (ranges[from]?.[1] ?? 0) + 1 < first) from++;
    let to = from;
    let merged: [number, number] = [first, last];
    for (; to < ranges.length; to++) {
      const range = ranges[to];
      if (range === undefined || range[0] > last + 1) break;
      merged = [Math.min(merged[0], range[0]), Math.max(merged[1], range[1])];
    }
    ranges.splice(from, to - from, merged);
  }

  #absorb(): void {
    let range = this.#ranges[0];
    while (range !== undefined && range[0] <= this.#below) {
      this.#below = Math.max(this.#below, range[1] + 1);
      this.#ranges.shift();
      range = this.#ranges[0];
    }
  }
}
