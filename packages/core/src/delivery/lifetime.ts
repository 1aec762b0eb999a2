import type { Clock } from '../clock.js';

/**
 * How far a delivery is from its end: running, then stopping (nothing waits for more), then over (nothing new begins), and
 * then cut off (the requests under way end as well).
 */
export class Lifetime {
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #over = new AbortController();
  readonly #cutOff = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Aborts when the requests under way end as well. */
  get cutOff(): AbortSignal {
    return this.#cutOff.signal;
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** The requests under way are the last ones. */
  leave(): void {
    this.#stopping.abort();
    this.#over.abort();
  }

  end(): void {
    this.leave();
    this.#cutOff.abort();
  }

  /** Waits; the end cuts it short. For what a service has asked for. */
  async wait(ms: number): Promise<void> {
    await this.#sleep(ms, this.#over.signal);
  }

  /** Waits; being stopped cuts it short, and while stopping only the end does. For delays of our own. */
  async pause(ms: number): Promise<void> {
    await this.#sleep(ms, this.isStopping ? this.#over.signal : this.#stopping.signal);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(ms, signal);
    } catch {
      // Cut short. Whoever waited looks at the state anyway.
    }
  }
}
