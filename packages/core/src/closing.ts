import type { Clock } from './clock.js';
import type { EventDestination } from './destination/destination.js';
import { targetOf } from './destination/target-of.js';
import type { Logger } from './logger.js';

/** For closing a destination, when the time for delivering is used up. */
const CLOSE_GRACE_MS = 1_000;

/** Closes a destination. One that does not return in time is left alone. */
export async function closeInTime(
  destination: EventDestination,
  deadline: AbortSignal,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<void> {
  const over = new AbortController();
  // Classes for earlier versions of this software need not have it.
  const close = async (): Promise<void> => (destination as Partial<EventDestination>).close?.();
  const closing = close().catch((error: unknown) => {
    const message = targetOf(destination).redact(error instanceof Error ? error.message : String(error));
    logger.error(`${destination.name}: close() failed: ${message}`);
  });
  const grace = aborted(deadline).then(() => clock.sleep(CLOSE_GRACE_MS, over.signal).catch(() => {}));
  await Promise.race([closing, grace]);
  over.abort();
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
