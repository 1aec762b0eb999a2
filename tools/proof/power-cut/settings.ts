import { Chance } from './chance.ts';

/** A mistake in the journal's syncing, for the proof to be tried on. */
export type Fault = (typeof FAULTS)[number];

export const FAULTS = ['unsynced', 'relaxed', 'early', 'hasty'] as const;

/** What one recorded run of the script is told. */
export interface RunSettings {
  readonly seed: number;
  /** The database's file. */
  readonly path: string;
  readonly steps: number;
  readonly maxBytes: number;
  /** Milliseconds of the script's own clock. */
  readonly retainMs: number;
  /** The part of the events that is long. */
  readonly longShare: number;
  readonly fault?: Fault | undefined;
}

const STEPS = 450;
/** Long events make a trace of many megabytes. */
const LONG_STEPS = 300;

/**
 * Small journals reuse pages and overrun; large ones grow. In every other run the events are so long that the journal's thread
 * writes the log back several times.
 */
export function settingsOf(seed: number, path: string, fault: Fault | undefined): RunSettings {
  const chance = new Chance(seed);
  const areLong = seed % 2 === 1;
  return {
    seed,
    path,
    steps: areLong ? LONG_STEPS : STEPS,
    maxBytes: chance.of(areLong ? [3_000_000, 8_000_000] : [400_000, 700_000, 1_500_000, 8_000_000]),
    retainMs: chance.of([0, 0, 20_000, 3_600_000]),
    longShare: areLong ? 0.5 : 0.01,
    fault,
  };
}
