import { Chance } from './chance.ts';

/** A mistake in the journal's syncing, for the proof to be tried on. */
export type Fault = 'unsynced' | 'relaxed';

/** What one recorded run of the script is told. */
export interface RunSettings {
  readonly seed: number;
  /** The database's file. */
  readonly path: string;
  readonly steps: number;
  readonly maxBytes: number;
  /** Milliseconds of the script's own clock. */
  readonly retainMs: number;
  readonly fault?: Fault | undefined;
}

const STEPS = 450;

/** Small journals reuse pages and overrun; large ones grow, so that the log becomes long enough to be written back. */
export function settingsOf(seed: number, path: string, fault: Fault | undefined): RunSettings {
  const chance = new Chance(seed);
  return {
    seed,
    path,
    steps: STEPS,
    maxBytes: chance.of([400_000, 700_000, 1_500_000, 8_000_000]),
    retainMs: chance.of([0, 0, 20_000, 3_600_000]),
    fault,
  };
}
