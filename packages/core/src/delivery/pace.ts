import type { Clock } from '../clock.js';
import type { Lifetime } from './lifetime.js';

/**
 * Keeps requests apart, so that no more than so many events are sent per second on average: after a request of n events
 * the next one begins n / rate seconds later at the earliest. Nothing is saved up: after a pause one request goes at once,
 * and the one behind it waits again.
 */
export class Pace {
  readonly #eventsPerSecond: number;
  readonly #lifetime: Lifetime;
  readonly #clock: Clock;
  /** When the last request began. Unix epoch, milliseconds. */
  #beganAt = 0;
  /** What its events take at this rate. */
  #spanMs = 0;
  /** Settles when the last one in the line has had its turn. */
  #line: Promise<unknown> = Promise.resolve();

  /** `eventsPerSecond`: 0 is no limit. */
  constructor(eventsPerSecond: number, lifetime: Lifetime, clock: Clock) {
    this.#eventsPerSecond = eventsPerSecond;
    this.#lifetime = lifetime;
    this.#clock = clock;
  }

  get isUnlimited(): boolean {
    return this.#eventsPerSecond === 0;
  }

  /**
   * Waits until a request with so many events may begin, and counts it as begun. False, and not counted, when `mayBegin` says
   * so: there is something else to wait for. Callers have their turns in the order in which they came; otherwise a batch
   * could wait for as long as other workers have something to send.
   */
  turn(events: number, mayBegin: () => boolean): Promise<boolean> {
    const turn = this.#line.then(() => this.#wait(events, mayBegin));
    this.#line = turn;
    return turn;
  }

  async #wait(events: number, mayBegin: () => boolean): Promise<boolean> {
    while (mayBegin()) {
      const now = this.#clock.now();
      const wait = this.#msLeft(now);
      if (wait <= 0) {
        this.#beganAt = now;
        this.#spanMs = (events * 1_000) / this.#eventsPerSecond;
        return true;
      }
      await this.#lifetime.pause(wait);
    }
    return false;
  }

  #msLeft(now: number): number {
    // While stopping there are seconds left, and what is not sent by then may be lost: a delay of our own ends, as linger
    // does. What that adds is bounded by the deadline, and the service may still ask for time.
    if (this.#lifetime.isStopping) return 0;
    // A clock that was set back must not make the wait longer than the events take.
    this.#beganAt = Math.min(this.#beganAt, now);
    return this.#beganAt + this.#spanMs - now;
  }
}
