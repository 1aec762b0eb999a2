import type { GrantexEvent } from '../events.js';
import type { PositionRange } from '../journal/journal.js';

/** One event of a batch. */
export interface BatchItem<Record> {
  /** Its place in the journal. */
  readonly position: number;
  /** Events with different partitions never share a batch. */
  readonly partition: string;
  /** Shared with others: read it, never change it. */
  readonly event: GrantexEvent;
  /** The event's JSON as it came, or as the user's transform made it. */
  readonly text: string;
  /** The event's form in this destination. */
  readonly record: Record;
  /** The record's size in a request. */
  readonly bytes: number;
}

/** The events of one request, in order. Never empty and never changed: a retry sends the same one. */
export class Batch<Record> {
  readonly items: readonly BatchItem<Record>[];
  readonly bytes: number;
  /** Given back to `sendBatch` when the destination asked for stable batches. */
  readonly state: string | undefined;
  #prepared: Promise<unknown> | undefined;

  constructor(items: readonly BatchItem<Record>[], state?: string) {
    this.items = items;
    this.bytes = items.reduce((sum, item) => sum + item.bytes, 0);
    this.state = state;
  }

  get size(): number {
    return this.items.length;
  }

  /** The journal position of its first event. */
  get id(): number {
    return this.#at(0).position;
  }

  /**
   * Makes something out of the batch once, and gives the same back at every further attempt: the body of the request,
   * so that a retry costs nothing and has the same bytes. What fails is made anew when it is asked for again.
   */
  prepare<Prepared>(make: () => Prepared | Promise<Prepared>): Promise<Prepared> {
    this.#prepared ??= this.#make(make);
    return this.#prepared as Promise<Prepared>;
  }

  #make(make: () => unknown): Promise<unknown> {
    const making = (async () => make())();
    making.catch(() => {
      if (this.#prepared === making) this.#prepared = undefined;
    });
    return making;
  }

  /** Two batches in order; only for a batch of two or more. */
  halves(): [Batch<Record>, Batch<Record>] {
    const middle = Math.ceil(this.items.length / 2);
    return [new Batch(this.items.slice(0, middle)), new Batch(this.items.slice(middle))];
  }

  /** Runs of neighbouring positions, ascending. */
  ranges(): PositionRange[] {
    const ranges: [number, number][] = [];
    let last: [number, number] | undefined;
    for (const { position } of this.items) {
      if (last !== undefined && last[1] + 1 === position) last[1] = position;
      else ranges.push((last = [position, position]));
    }
    return ranges;
  }

  #at(index: number): BatchItem<Record> {
    const item = this.items[index];
    if (item === undefined) throw new RangeError(`a batch of ${this.items.length} has no event ${index}`);
    return item;
  }
}
