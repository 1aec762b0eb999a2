import type { Overrun } from './journal.js';

const MAX_OVERRUNS = 100;

/** What a cursor was moved past: its last 100 overruns. One goes on until the cursor reads something, or reads anew. */
export class OverrunLog {
  readonly #destination: string;
  readonly #overruns: Overrun[];
  #isGoing = false;

  constructor(destination: string, overruns: readonly Overrun[] = []) {
    this.#destination = destination;
    this.#overruns = [...overruns];
  }

  /** The same, for a change that may still fail. */
  copy(): OverrunLog {
    const copy = new OverrunLog(this.#destination, this.#overruns);
    copy.#isGoing = this.#isGoing;
    return copy;
  }

  /** Oldest first. */
  get overruns(): readonly Overrun[] {
    return this.#overruns;
  }

  /** The next overrun is another one. */
  end(): void {
    this.#isGoing = false;
  }

  /** Notes that events were skipped. `started`: this is not the continuation of the last overrun. */
  record(firstId: string, lastId: string, count: number, at: number): { overrun: Overrun; started: boolean } {
    const going = this.#isGoing ? this.#overruns.pop() : undefined;
    const overrun: Overrun = {
      destination: this.#destination,
      firstId: going?.firstId ?? firstId,
      lastId,
      count: (going?.count ?? 0) + count,
      firstAt: going?.firstAt ?? at,
      lastAt: at,
    };
    this.#overruns.push(overrun);
    if (this.#overruns.length > MAX_OVERRUNS) this.#overruns.shift();
    this.#isGoing = true;
    return { overrun, started: going === undefined };
  }
}
