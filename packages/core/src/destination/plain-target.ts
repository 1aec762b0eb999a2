import type { GrantexEvent } from '../events.js';
import { DEFAULT_BACKOFF } from '../backoff.js';
import type { Batch } from '../delivery/batch.js';
import type { DeliveryTarget } from '../delivery/target.js';
import { accepted, type Verdict } from '../delivery/verdict.js';
import type { EventDestination } from './destination.js';

/** Events that `send` is called with at most. */
const MAX_EVENTS = 100;
const FLUSH_INTERVAL_MS = 1_000;
/** `send` and `flush` together; after that the events count as not delivered. */
const TIMEOUT_MS = 60_000;

/**
 * A user's own destination as the delivery sees it: `send`, then `flush`, is one attempt. A call that has not returned is
 * never joined by another one.
 */
export function plainTarget(destination: EventDestination): DeliveryTarget<string> {
  let underWay: Promise<unknown> = Promise.resolve();

  async function sendAndFlush(batch: Batch<string>): Promise<Verdict> {
    // A fresh parse at every attempt: the destination may have changed the events that it was given before.
    await destination.send(batch.items.map((item) => JSON.parse(item.text) as GrantexEvent));
    // Classes for earlier versions of this software need not have it.
    await (destination as Partial<EventDestination>).flush?.();
    return accepted();
  }

  return {
    name: destination.name,
    limits: { maxEvents: MAX_EVENTS, maxBytes: Infinity },
    flushIntervalMs: FLUSH_INTERVAL_MS,
    timeoutMs: TIMEOUT_MS,
    concurrency: 1,
    backoff: DEFAULT_BACKOFF,
    encode: (_event, text) => text,
    sizeOf: (text) => text.length,
    redact: (text) => text,
    async sendBatch(batch, attempt) {
      await underWay;
      attempt.signal.throwIfAborted();
      const call = sendAndFlush(batch);
      underWay = call.catch(() => {}); // The failure is told by the verdict; here only the end matters.
      return call;
    },
  };
}
