/** A burst each half minute, one second long, with a fifth of all events in it. */
const PERIOD_MS = 30_000;
const BURST_MS = 1_000;
const BURST_SHARE = 0.2;

/**
 * How many events are due `elapsedMs` after the start. On average `rate` a second; unless `steady`, some of them come in
 * bursts, as real traffic does.
 */
export function eventsDue(elapsedMs: number, rate: number, steady: boolean): number {
  if (steady) return Math.floor((rate * elapsedMs) / 1_000);
  const periods = Math.floor(elapsedMs / PERIOD_MS);
  const within = elapsedMs - periods * PERIOD_MS;
  const calm = (1 - BURST_SHARE) * (within / PERIOD_MS);
  const burst = BURST_SHARE * Math.max(0, (within - (PERIOD_MS - BURST_MS)) / BURST_MS);
  return Math.floor(((periods + calm + burst) * rate * PERIOD_MS) / 1_000);
}
