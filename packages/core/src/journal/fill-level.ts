import type { Clock } from '../clock.js';

/** Per cent of the limit at which a warning is due. */
const LEVELS = [50, 80, 95];

/** Watches how full the journal is of what waits, and how long it can go on like that. */
export class FillLevel {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #warn: (percent: number, msLeft: number | undefined) => void;
  #warned = 0;
  #calmBytes = 0;
  #calmAt: number;

  constructor(maxBytes: number, clock: Clock, warn: (percent: number, msLeft: number | undefined) => void) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#warn = warn;
    this.#calmAt = clock.now();
  }

  /** To be told the bytes of what waits after every change. */
  update(bytes: number): void {
    const percent = (bytes / this.#maxBytes) * 100;
    if (percent < 25) {
      // From the last calm moment on the growth is measured, and warnings are due again.
      this.#calmBytes = bytes;
      this.#calmAt = this.#clock.now();
      this.#warned = 0;
      return;
    }
    const level = LEVELS.findLast((candidate) => percent >= candidate) ?? 0;
    if (level <= this.#warned) return;
    this.#warned = level;
    this.#warn(level, this.#msLeft(bytes));
  }

  #msLeft(bytes: number): number | undefined {
    const grown = bytes - this.#calmBytes;
    const elapsed = this.#clock.now() - this.#calmAt;
    if (grown <= 0 || elapsed <= 0) return undefined;
    return Math.max(0, Math.round(((this.#maxBytes - bytes) / grown) * elapsed));
  }
}
