/** Delays between attempts, and between probes while held. Each is drawn at random below its upper end. */
export interface BackoffOptions {
  /** The upper end of the first delay, in milliseconds. @defaultValue 500 */
  readonly initialMs: number;
  /** The upper end of every delay, in milliseconds. @defaultValue 30_000 */
  readonly maxMs: number;
  /** While held: the delay before the first probe, in milliseconds; it doubles up to `maxHoldMs`. @defaultValue 5_000 */
  readonly holdMs: number;
  /** The longest delay between two probes, in milliseconds. @defaultValue 60_000 */
  readonly maxHoldMs: number;
}

export const DEFAULT_BACKOFF: BackoffOptions = { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 };

/**
 * Delay before retry number `retry` (1 for the first), in milliseconds: uniform between 0 and `initialMs` doubled with
 * every retry, capped at `maxMs` ("full jitter").
 */
export function backoffDelay(
  retry: number,
  options: Pick<BackoffOptions, 'initialMs' | 'maxMs'>,
  random: () => number,
): number {
  return random() * Math.min(options.maxMs, options.initialMs * doubled(retry));
}

/** Delay before probe number `probe` (1 for the first) of a held delivery, in milliseconds. No jitter: one request. */
export function probeDelay(probe: number, options: Pick<BackoffOptions, 'holdMs' | 'maxHoldMs'>): number {
  return Math.min(options.maxHoldMs, options.holdMs * doubled(probe));
}

/** Every limit is reached before; without an end 0 times infinity would be no number. */
const MOST_DOUBLINGS = 50;

function doubled(times: number): number {
  return 2 ** Math.min(times - 1, MOST_DOUBLINGS);
}
