import { numberIn, timeIn } from './event-id.ts';
import type { StoredIds } from './destination-under-load.ts';

/** So many examples are named. */
const MOST_NAMED = 10;

/** What a service has, counted against what was published. */
export class Stock {
  readonly #copies: Uint8Array;
  /** By lane: the newest event that came first there. */
  readonly #newest = new Map<string, number>();
  /** Ids that nobody published in this run. */
  readonly foreign: string[] = [];
  stored = 0;
  repeats = 0;
  /** When the first and the last of the events that came more than once were published. Unix epoch, milliseconds. */
  repeatsFrom = Infinity;
  repeatsTo = -Infinity;
  outOfOrder = 0;

  constructor(published: number) {
    this.#copies = new Uint8Array(published);
  }

  add({ ids, lane }: StoredIds): void {
    for (const id of ids) this.#addOne(id, lane);
  }

  /** Whether an order was seen at all. */
  get showsOrder(): boolean {
    return this.#newest.size > 0;
  }

  get missing(): number {
    return this.#copies.length - this.stored;
  }

  /** The numbers of the first missing events. */
  get missingExamples(): readonly number[] {
    const examples: number[] = [];
    for (let number = 0; number < this.#copies.length && examples.length < MOST_NAMED; number++) {
      if (this.#copies[number] === 0) examples.push(number);
    }
    return examples;
  }

  #addOne(id: string, lane: string | undefined): void {
    const number = numberIn(id) ?? -1;
    const copies = this.#copies[number];
    if (copies === undefined) {
      if (this.foreign.length < MOST_NAMED) this.foreign.push(id);
      return;
    }
    this.#copies[number] = Math.min(copies + 1, 255);
    if (copies > 0) {
      this.repeats++;
      this.repeatsFrom = Math.min(this.repeatsFrom, timeIn(id));
      this.repeatsTo = Math.max(this.repeatsTo, timeIn(id));
      return;
    }
    this.stored++;
    if (lane === undefined) return;
    const newest = this.#newest.get(lane) ?? -1;
    if (number < newest) this.outOfOrder++;
    this.#newest.set(lane, Math.max(newest, number));
  }
}
