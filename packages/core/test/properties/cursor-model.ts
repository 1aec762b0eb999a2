import type { CursorChange, OpenBatch, PositionRange } from '../../src/journal/journal.js';
import type { CursorStep } from './journal-arbitraries.js';

/** A cursor over the positions 1 to `head`, as sets say it. Nobody but this reader settles. */
export class CursorModel {
  head = 0;
  readonly settled = new Set<number>();
  readonly open = new Map<number, { positions: readonly number[]; state: string }>();
  #readUpTo = 0;

  get openBatches(): readonly OpenBatch[] {
    return [...this.open]
      .map(([id, { positions, state }]) => ({ id, ranges: asRanges(positions), state }))
      .toSorted((one, other) => one.id - other.id);
  }

  get unsettled(): readonly number[] {
    return Array.from({ length: this.head }, (_, index) => index + 1).filter((at) => !this.settled.has(at));
  }

  get unread(): readonly number[] {
    const held = new Set([...this.open.values()].flatMap(({ positions }) => positions));
    return this.unsettled.filter((at) => at > this.#readUpTo && !held.has(at));
  }

  read(count: number): readonly number[] {
    const positions = this.unread.slice(0, count);
    // Where fewer come than were asked for, everything is read.
    this.#readUpTo = positions.length === count ? (positions.at(-1) ?? 0) : this.head;
    return positions;
  }

  reopen(): void {
    this.#readUpTo = 0;
  }

  /** Does what the step says; the change is what the cursor has to be told. Undefined when there is nothing to do. */
  change(step: CursorStep): CursorChange | undefined {
    if (step.kind === 'settle' || step.kind === 'open') return this.#useInHand(step);
    if (step.kind !== 'close' || this.open.size === 0) return undefined;
    const [id, { positions }] = [...this.open][step.pick % this.open.size] ?? [0, { positions: [] }];
    this.open.delete(id);
    if (!step.isSettled) return { close: id };
    for (const position of positions) this.settled.add(position);
    return { settled: asRanges(positions), close: id };
  }

  #useInHand(step: Extract<CursorStep, { readonly picks: readonly number[] }>): CursorChange | undefined {
    const held = new Set([...this.open.values()].flatMap(({ positions }) => positions));
    const inHand = this.unsettled.filter((at) => at <= this.#readUpTo && !held.has(at));
    const positions = [...new Set(step.picks.map((pick) => inHand[pick % inHand.length] ?? 0))].filter((at) => at > 0);
    const [id] = positions;
    if (id === undefined) return undefined;
    if (step.kind === 'settle') {
      for (const position of positions) this.settled.add(position);
      // One by one and as they were picked: in no order.
      return { settled: positions.map((position) => [position, position]) };
    }
    const sorted = positions.toSorted((one, other) => one - other);
    const first = sorted[0] ?? id;
    this.open.set(first, { positions: sorted, state: step.state });
    return { open: { id: first, ranges: asRanges(sorted), state: step.state } };
  }
}

/** Ascending positions as ranges, one a position: the shortest form is not asked for. */
function asRanges(positions: readonly number[]): PositionRange[] {
  return positions.map((position) => [position, position]);
}
