import type { Clock } from '../clock.js';

/** Lets one loop sleep until something may have changed. A call of `wake` while nobody sleeps is not lost. */
export class Wakeup {
  #woken = false;
  #resolve: (() => void) | undefined;

  wake(): void {
    this.#woken = true;
    this.#resolve?.();
    this.#resolve = undefined;
  }

  /** Resolves at the next `wake`, or at once when there was one since the last wait. */
  async wait(): Promise<void> {
    if (!this.#woken) await new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#woken = false;
  }
}

/** Without a reason each abort would make an exception with its stack. */
const CANCELLED = new Error('cancelled');

/** Rings at the earliest time that it was asked for, with one timer at a time. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #at = Infinity;
  #timer: AbortController | undefined;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this time at the latest (Unix epoch, milliseconds). */
  set(at: number): void {
    if (at >= this.#at || at === Infinity) return;
    this.cancel();
    this.#at = at;
    this.#timer = new AbortController();
    void this.#run(at, this.#timer);
  }

  cancel(): void {
    this.#timer?.abort(CANCELLED);
    this.#timer = undefined;
    this.#at = Infinity;
  }

  async #run(at: number, timer: AbortController): Promise<void> {
    try {
      await this.#clock.sleep(at - this.#clock.now(), timer.signal);
    } catch {
      return; // Cancelled: another time, or none.
    }
    if (this.#timer !== timer) return; // Cancelled in the very moment.
    this.#timer = undefined;
    this.#at = Infinity;
    this.#ring();
  }
}
