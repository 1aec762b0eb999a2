import { setTimeout as sleep } from 'node:timers/promises';

/** One kind of trouble; it resolves when it is over. */
export type Trouble = (calm: AbortSignal) => Promise<void>;

export interface WeatherOptions {
  readonly random: () => number;
  /** Bounds of the quiet time between two troubles, milliseconds. */
  readonly quietMs: readonly [least: number, most: number];
  readonly troubles: readonly [Trouble, ...Trouble[]];
}

/** Troubles by chance, one after the other, until it is told to calm down. */
export class Weather {
  readonly #calm = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: WeatherOptions) {
    this.#running = this.#run(options);
    // A failure is told by calm(); until then nobody looks.
    this.#running.catch(() => {});
  }

  /** Ends the trouble that there is. Rejects when one could not be made, or ended. */
  async calm(): Promise<void> {
    this.#calm.abort();
    await this.#running;
  }

  async #run({ random, quietMs, troubles }: WeatherOptions): Promise<void> {
    const { signal } = this.#calm;
    while (!signal.aborted) {
      await pause(between(random, quietMs), signal);
      if (signal.aborted) return;
      const trouble = troubles[Math.floor(random() * troubles.length)] ?? troubles[0];
      await trouble(signal);
    }
  }
}

/** Resolves after `ms`, or at once when it is to be calm. */
export async function pause(ms: number, calm: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: calm }).catch(() => {}); // Calm: that is what the caller looks at.
}

export function between(random: () => number, [least, most]: readonly [number, number]): number {
  return least + random() * (most - least);
}
