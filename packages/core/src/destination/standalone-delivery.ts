import { withDeadline } from '../deadline.js';
import { Delivery } from '../delivery/delivery.js';
import type { DeliveryTarget } from '../delivery/target.js';
import { GrantexError } from '../errors.js';
import type { GrantexEvent } from '../events.js';
import { EventRecord } from '../journal/event-record.js';
import { MemoryJournal } from '../journal/memory-journal.js';
import type { ResolvedBatchingOptions } from './batching-options.js';

/** So many bytes of events wait at most; then `send` waits. */
const MAX_WAITING_BYTES = 67_108_864;
/** How long `close` goes on delivering. Below the 30 s that orchestrators give a process. */
const CLOSE_DEADLINE_MS = 20_000;

const silentObserver = { onOverrun: () => {}, onFilling: () => {} };

/** A destination without a source: a journal in memory and a delivery of its own. */
export class StandaloneDelivery<Record> {
  readonly #journal: MemoryJournal;
  readonly #delivery: Delivery<Record>;
  readonly #options: ResolvedBatchingOptions;
  readonly #ready: Promise<void>;

  constructor(target: DeliveryTarget<Record>, options: ResolvedBatchingOptions) {
    const { clock, logger } = options;
    this.#options = options;
    this.#journal = new MemoryJournal({ maxBytes: MAX_WAITING_BYTES, whenFull: 'block', blockMs: Infinity, clock });
    this.#delivery = new Delivery({ target, journal: this.#journal, clock, random: Math.random, logger });
    this.#ready = this.#open();
  }

  /** Resolves when the events are accepted for delivery; waits while too many are. */
  async send(events: readonly GrantexEvent[]): Promise<void> {
    await this.#ready;
    if (events.length === 0) return;
    await this.#journal.append(events.map((event) => new EventRecord(event.id, JSON.stringify(event))));
  }

  async flush(): Promise<void> {
    await this.#ready;
    await this.#delivery.flush();
  }

  /** Rejects when something could not be delivered within 20 s. */
  async close(): Promise<void> {
    await this.#ready;
    const remaining = await withDeadline(CLOSE_DEADLINE_MS, this.#options.clock, (deadline) =>
      this.#delivery.stop(deadline),
    );
    await this.#journal.close();
    if (remaining === undefined) return;
    const { destination, events, firstId, lastId } = remaining;
    throw new GrantexError(
      'STATE_INVALID',
      `${destination}: closed with ${events} event(s) not delivered, ${firstId} to ${lastId}: ${this.#delivery.stats().lastError?.message ?? 'the time was too short'}`,
    );
  }

  async #open(): Promise<void> {
    await this.#journal.open(silentObserver);
    await this.#delivery.start();
  }
}
