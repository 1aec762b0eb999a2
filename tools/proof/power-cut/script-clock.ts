import type { Clock } from '@grantex/core';

/** A clock that the script moves on, so that a run depends on nothing but its seed. Nobody waits with it. */
export class ScriptClock implements Clock {
  #now = Date.UTC(2026, 2, 1);

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  async sleep(): Promise<void> {
    throw new Error('the script does not wait');
  }
}
