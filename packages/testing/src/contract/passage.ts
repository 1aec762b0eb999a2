import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ManualClock } from '../manual-clock.js';

/** Turns of the event loop between two looks at a condition. */
const TURNS = 5;
/** Turns after which what could happen without time passing has happened, on loopback. */
const IDLE_TURNS = 300;
/** Whoever loops for ever (a probe that is never answered well) is ended after so many times the patience. */
const MOST_PATIENCES = 3;

export interface PassageOptions {
  /**
   * How far the clock moves at most without progress, in its milliseconds: longer than any delay of a destination, and
   * shorter than its time-outs. What is under way on real sockets may need some turns, and a source always has somebody
   * who sleeps for a second: they must not carry the time to the time-out.
   */
  readonly horizonMs: number;
  /** Real milliseconds without any progress after which waiting is given up. */
  readonly patienceMs: number;
  /** Whatever rises with progress. */
  readonly progress: () => number;
}

/** Waits for conditions: lets the event loop turn and, where time may pass, moves the manual clock. Never sleeps. */
export class Passage {
  readonly #clock: ManualClock;
  readonly #options: PassageOptions;

  constructor(clock: ManualClock, options: PassageOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Lets happen what can happen without time passing. */
  async idle(): Promise<void> {
    for (let turn = 0; turn < IDLE_TURNS; turn++) await nextTurn();
  }

  /** Waits until the condition holds, and the clock stands still. */
  async still(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    await this.#wait(what, holds, 0);
  }

  /** Waits until the condition holds, and time passes. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    await this.#wait(what, holds, this.#options.horizonMs);
  }

  /** Waits for a promise, and time passes. Resolves or rejects as it does. */
  async during<Value>(what: string, promise: Promise<Value>, horizonMs = this.#options.horizonMs): Promise<Value> {
    let isSettled = false;
    const settling = promise.finally(() => (isSettled = true));
    settling.catch(() => {}); // Told below, unless waiting for it was given up.
    await this.#wait(what, () => isSettled, horizonMs);
    return settling;
  }

  async #wait(what: string, holds: () => boolean | Promise<boolean>, horizonMs: number): Promise<void> {
    const { patienceMs, progress } = this.#options;
    const startedAt = performance.now();
    let [seen, seenAt, limit] = [progress(), startedAt, this.#clock.now() + horizonMs];
    while (!(await holds())) {
      for (let turn = 0; turn < TURNS; turn++) await nextTurn();
      const [now, current] = [performance.now(), progress()];
      if (current !== seen) [seen, seenAt, limit] = [current, now, this.#clock.now() + horizonMs];
      if (now - seenAt > patienceMs || now - startedAt > patienceMs * MOST_PATIENCES) {
        throw new Error(`this did not come: ${what}`);
      }
      const { nextAt } = this.#clock.waiting;
      if (nextAt !== undefined && nextAt <= limit) await this.#clock.runNext();
    }
  }
}
