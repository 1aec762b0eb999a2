import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** What the process takes of the machine. Seconds and bytes. */
export interface ProcessFigures {
  readonly residentBytes: number;
  /** User and system. */
  readonly cpuSeconds: number;
  /** Unix epoch. */
  readonly startTimeSeconds: number;
  /** How late the event loop came to its work in 99 of 100 cases, of the last one or two minutes. */
  readonly eventLoopDelayP99Seconds: number;
}

/** The delay is measured by a timer of so many milliseconds. */
const RESOLUTION_MS = 10;
const WINDOW_MS = 60_000;

/** Reads the figures of this process. */
export class ProcessMonitor {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #windowStart = performance.now();
  /** Of the window before, so that a figure is not taken from the first moments of a new one. */
  #lastP99Seconds = 0;

  constructor() {
    this.#delay.enable();
  }

  read(): ProcessFigures {
    const { user, system } = process.cpuUsage();
    return {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
      startTimeSeconds: performance.timeOrigin / 1_000,
      eventLoopDelayP99Seconds: this.#delayP99Seconds(),
    };
  }

  close(): void {
    this.#delay.disable();
  }

  #delayP99Seconds(): number {
    // The histogram holds the times between two ticks of the timer, its own interval included.
    const current = this.#delay.count === 0 ? 0 : Math.max(this.#delay.percentile(99) / 1e9 - RESOLUTION_MS / 1_000, 0);
    const result = Math.max(current, this.#lastP99Seconds);
    if (performance.now() - this.#windowStart >= WINDOW_MS) {
      this.#lastP99Seconds = current;
      this.#windowStart = performance.now();
      this.#delay.reset();
    }
    return result;
  }
}
