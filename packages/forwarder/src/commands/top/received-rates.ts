import type { ForwarderStatus } from '../../watching/status.js';

/** Events received per second, by source. */
export type ReceivedRates = ReadonlyMap<string, number>;

/** What two looks, `ms` apart, say together. Nothing when another process answered the second time. */
export function readReceivedRates(before: ForwarderStatus, after: ForwarderStatus, ms: number): ReceivedRates {
  if (before.pid !== after.pid || before.started_at !== after.started_at || ms <= 0) return new Map();
  return new Map(
    Object.entries(after.sources).flatMap(([name, { received }]) => {
      const earlier = before.sources[name]?.received;
      return earlier === undefined ? [] : [[name, Math.max(0, received - earlier) / (ms / 1_000)] as const];
    }),
  );
}
