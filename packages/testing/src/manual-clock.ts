import { setImmediate as nextTurn } from 'node:timers/promises';

/** Time as code under test sees it. */
export interface Clock {
  /** Unix epoch, milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Who sleeps on a {@link ManualClock}. */
export interface WaitingSleepers {
  readonly count: number;
  /** When the next one wakes, in the clock's time; undefined when nobody sleeps. */
  readonly nextAt: number | undefined;
  /** How many were woken by their signals so far: what they watched over has ended before. */
  readonly aborted: number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Turns of the event loop between two sleepers: enough for a request and its answer on loopback to make their way. */
const TURNS = 10;

/**
 * A clock that stands still until it is told to move. Only what sleeps on it waits for it: real sockets and real timers
 * go on, so code under test may talk to real servers meanwhile.
 */
export class ManualClock implements Clock {
  #now: number;
  #aborted = 0;
  /** By waking time; equal times in the order in which they went to sleep. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMs: number = Date.UTC(2026, 2, 1, 12)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** A sleep of 0 or less is over at once, without the clock moving. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 0) return;
    const aborted = await new Promise<boolean>((resolve) => {
      const sleeper: Sleeper = {
        at: this.#now + ms,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(false);
        },
      };
      const onAbort = (): void => {
        this.#remove(sleeper);
        this.#aborted++;
        resolve(true);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#insert(sleeper);
    });
    if (aborted) signal?.throwIfAborted();
  }

  get waiting(): WaitingSleepers {
    return { count: this.#sleepers.length, nextAt: this.#sleepers[0]?.at, aborted: this.#aborted };
  }

  /**
   * Moves on by `ms` and wakes who is due, in the order of time. Between two of them the reactions run, so that a loop that
   * sleeps again within the span is woken again.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= target; next = this.#sleepers[0]) {
      await this.#wake(next);
    }
    this.#now = target;
  }

  /** Moves on to the next sleeper and wakes it; resolves to the milliseconds that this took. Rejects when nobody sleeps. */
  async runNext(): Promise<number> {
    await this.settle();
    const next = this.#sleepers[0];
    if (next === undefined) throw new Error('Nobody sleeps on this clock');
    const before = this.#now;
    await this.#wake(next);
    return this.#now - before;
  }

  /** Resolves when `count` sleepers wait; rejects after `timeoutMs` of real time. */
  async sleepers(count = 1, options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 5_000 } = options;
    const deadline = performance.now() + timeoutMs;
    while (this.#sleepers.length < count) {
      if (performance.now() > deadline) {
        throw new Error(`Waited ${timeoutMs} ms for ${count} sleepers, ${this.#sleepers.length} came`);
      }
      await nextTurn();
    }
  }

  /** Lets everything run that can run without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await nextTurn();
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#now = sleeper.at;
    this.#remove(sleeper);
    sleeper.wake();
    await this.settle();
  }

  #insert(sleeper: Sleeper): void {
    const index = this.#sleepers.findIndex((other) => other.at > sleeper.at);
    this.#sleepers.splice(index === -1 ? this.#sleepers.length : index, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index !== -1) this.#sleepers.splice(index, 1);
  }
}
