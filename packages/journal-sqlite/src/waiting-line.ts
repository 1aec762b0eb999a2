import type { Clock } from '@grantex/core';

/** Those who wait to append, one behind the other, the first one for room. */
export class WaitingLine {
  readonly #clock: Clock;
  /** Settles when the last one has had its turn; undefined when nobody waits. */
  #last: Promise<void> | undefined;
  #wake = (): void => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does the work when all who came before had their turn. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#last;
    const turn = Promise.withResolvers<void>();
    this.#last = turn.promise;
    try {
      await before;
      await work();
    } finally {
      if (this.#last === turn.promise) this.#last = undefined;
      turn.resolve();
    }
  }

  /** Waits so many milliseconds at most, or until it is woken. */
  async sleep(ms: number): Promise<void> {
    const waiting = new AbortController();
    this.#wake = () => waiting.abort();
    try {
      await this.#clock.sleep(ms, waiting.signal);
    } catch {
      // Woken: there may be room.
    } finally {
      this.#wake = () => {};
    }
  }

  wake(): void {
    this.#wake();
  }
}
