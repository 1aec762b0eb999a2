import type { Clock } from '../clock.js';

/** How far a delivery is from its end: running, then stopping (nothing waits for more), then over (attempts end). */
export class Lifetime {
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  readonly #over = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Aborts at the end. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  stop(): void {
    this.#stopping.abort();
  }

  end(): void {
    this.#stopping.abort();
    this.#over.abort();
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
