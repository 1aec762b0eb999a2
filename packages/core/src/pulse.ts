import type { Clock } from './clock.js';

/** Does something again and again, one after the other, until it is stopped. */
export class Pulse {
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(clock: Clock, everyMs: number, beat: () => void | Promise<void>) {
    this.#running = this.#run(clock, everyMs, beat);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(clock: Clock, everyMs: number, beat: () => void | Promise<void>): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      await clock.sleep(everyMs, signal).catch(() => {}); // Stopped: the loop ends.
      if (signal.aborted) return;
      await beat();
    }
  }
}
