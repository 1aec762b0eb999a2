import type { Report } from './report.ts';

/** What a benchmark file exports, as `benchmark`. */
export interface Benchmark {
  /** Rounds that are counted when none are asked for. */
  readonly rounds: number;
  run(options: RunOptions): Promise<Report>;
}

export interface RunOptions {
  readonly rounds: number;
  /** Fewer events: enough to see a ratio, too few to quote it. */
  readonly isQuick: boolean;
  /** Tells what is under way. */
  readonly progress: (text: string) => void;
}
