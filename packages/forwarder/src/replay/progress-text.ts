import { formatBytes, formatCount, formatDuration, formatRate } from '../commands/terminal.js';
import type { ReplayProgress } from './replay.js';

/** The rate is that of so many seconds. */
const RATE_SECONDS = 10;
/** Before that nothing can be said about the end. */
const LEAST_SHARE = 0.01;

/** Makes the line that says how far a replay is. To be asked each second. */
export class ProgressText {
  readonly #totalBytes: number | undefined;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #samples: { readonly at: number; readonly settled: number }[];

  /** `totalBytes`: as stored; undefined when it is not known. */
  constructor(totalBytes: number | undefined, now: () => number = Date.now) {
    this.#totalBytes = totalBytes;
    this.#now = now;
    this.#startedAt = now();
    this.#samples = [{ at: this.#startedAt, settled: 0 }];
  }

  line(progress: ReplayProgress, trouble: string | undefined): string {
    const { delivered, deadLettered, notEvents, bytesRead } = progress;
    const parts = [`${formatCount(delivered)} delivered`, formatRate(this.#rate(delivered + deadLettered))];
    parts.push(...this.#share(bytesRead));
    if (deadLettered > 0) parts.push(`${formatCount(deadLettered)} given up`);
    if (notEvents > 0) parts.push(`${formatCount(notEvents)} not events`);
    if (trouble !== undefined) parts.push(trouble);
    return parts.join(', ');
  }

  #rate(settled: number): number {
    const at = this.#now();
    this.#samples.push({ at, settled });
    if (this.#samples.length > RATE_SECONDS + 1) this.#samples.shift();
    const first = this.#samples[0] ?? { at, settled };
    return at === first.at ? 0 : ((settled - first.settled) * 1_000) / (at - first.at);
  }

  #share(bytesRead: number): readonly string[] {
    if (this.#totalBytes === undefined || this.#totalBytes === 0) return [formatBytes(bytesRead)];
    const share = Math.min(1, bytesRead / this.#totalBytes);
    const elapsed = this.#now() - this.#startedAt;
    const percent = `${Math.floor(share * 100)} %`;
    if (share < LEAST_SHARE || share === 1) return [percent];
    return [percent, `${formatDuration((elapsed * (1 - share)) / share)} left`];
  }
}
