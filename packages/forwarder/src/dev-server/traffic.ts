import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { eventStream, type EventServer } from '@grantex/testing';
import { eventsDue } from './pace.js';

const TICK_MS = 10;
/** Then connections get their turn. */
const GROUP = 500;
/** What could not be published in that time is left out: a laptop that was asleep does not catch up. */
const MAX_BEHIND_MS = 2_000;

export interface TrafficOptions {
  readonly server: EventServer;
  /** Events per second. */
  readonly rate: number;
  /** Events after which it ends; `Infinity` for ever. */
  readonly count: number;
  readonly steady: boolean;
  readonly seed: number;
}

/** Publishes realistic events in real time. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #events: ReturnType<typeof eventStream>;
  published = 0;
  /** While nobody listened: such events are gone, as with the real service. */
  unheard = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#events = eventStream({ seed: options.seed, now: Date.now });
  }

  /** Ends when the count is reached or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { rate, count, steady } = this.#options;
    const startedAt = performance.now();
    let lastAt = startedAt;
    let asleepMs = 0;
    let due = 0;
    while (this.published < count && !signal.aborted) {
      const now = performance.now();
      if (now - lastAt > MAX_BEHIND_MS) asleepMs += now - lastAt;
      lastAt = now;
      const owed = eventsDue(now - startedAt - asleepMs, rate, steady) - due;
      due += owed;
      await this.#publish(Math.min(owed, count - this.published), signal);
      // An abort ends the waiting, too.
      await sleep(TICK_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #publish(count: number, signal: AbortSignal): Promise<void> {
    for (let left = count; left > 0 && !signal.aborted; left -= GROUP) {
      const group = Array.from({ length: Math.min(GROUP, left) }, () => this.#events.next().value);
      const heard = this.#options.server.publish(group);
      this.published += group.length;
      if (heard === 0) this.unheard += group.length;
      await nextTurn();
    }
  }
}
