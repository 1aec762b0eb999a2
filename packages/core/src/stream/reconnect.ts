import { backoffDelay } from '../backoff.js';
import type { ConnectionEnd } from './transport.js';

/** Delays between connects. Facts: the event server's contract, sections 1, 2 and 9. */

/** A slot that is counted by mistake is forgotten after 300 s in which nobody tries. */
const SLOT_LIFE_MS = 300_000;
/** Every attempt counts against the plan's requests per minute, the smallest of which is 100. */
const BACKOFF = { initialMs: 500, maxMs: 30_000 };
/** A 429 that does not say how long to wait: the limits are counted by the minute. */
const RATE_LIMIT_MS = 30_000;
/** A key that was good before may be rotated, and become good again. */
const REFUSED = { firstMs: 30_000, maxMs: 300_000 };
/** A connection that was heard and lived less is a failure like any other, or a server that cuts at once is flooded. */
const SOUND_LIFE_MS = 1_000;

/** Whether a connection that was heard for so long (undefined: never) was a good one. */
export function isSound(heardMs: number | undefined): boolean {
  return heardMs !== undefined && heardMs >= SOUND_LIFE_MS;
}

/**
 * Milliseconds until the next connect, after a connection that ended so, heard for `heardMs` (undefined: never heard), and
 * after `failures` failures in a row (1: this is the first).
 */
export function reconnectDelay(
  end: ConnectionEnd,
  { failures, heardMs }: { readonly failures: number; readonly heardMs: number | undefined },
  random: () => number,
): number {
  if (end.kind === 'ended') {
    if (isSound(heardMs)) return 0;
    return backoffDelay(failures, BACKOFF, random);
  }
  switch (end.answer.kind) {
    case 'too many connections':
      return SLOT_LIFE_MS + 5_000 + random() * 30_000;
    case 'refused':
      return Math.min(REFUSED.maxMs, REFUSED.firstMs * 2 ** (failures - 1));
    case 'unavailable': {
      const { retryAfterMs } = end.answer;
      if (end.statusCode === 429 && retryAfterMs === undefined) return RATE_LIMIT_MS * (1 + random());
      // Not all at the same moment, and not more often because the server says 0.
      const least = retryAfterMs === undefined ? 0 : retryAfterMs + random() * 1_000;
      return Math.max(least, backoffDelay(failures, BACKOFF, random));
    }
  }
}
