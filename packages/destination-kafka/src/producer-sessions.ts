import { accepted, partlyAccepted, refused, type Batch, type DestinationErrorCode, type Verdict } from '@grantex/core';
import { classify, hasLostThread, type ClassifyOptions } from './classify.js';
import type { KafkaClient, ProducerSession } from './client.js';
import type { KafkaRecord } from './encode.js';

export interface ProducerSessionsOptions extends ClassifyOptions {
  readonly client: KafkaClient;
  /** Producers to keep: as many as batches are sent side by side. */
  readonly most: number;
}

/** What passes by itself: the engine comes again with the same batch. */
const COMES_AGAIN: ReadonlySet<DestinationErrorCode> = new Set(['DEST_NETWORK', 'DEST_UNAVAILABLE', 'DEST_FAILED']);

/**
 * Which producer sends which batch. A producer numbers the records of a partition, and the broker drops those whose numbers
 * it has seen. After a failed send the library gives the same numbers again, and nobody knows whether the broker has seen
 * them. So only the identical batch may follow on that producer: in the place of another one the broker would acknowledge
 * what it never stored. Any other batch gets another producer.
 *
 * A batch has a producer for itself while it is sent: the numbers of two that fail side by side would get mixed up.
 */
export class ProducerSessions {
  readonly #options: ProducerSessionsOptions;
  /** Those whose last send was acknowledged: any batch may follow. */
  readonly #free: ProducerSession[] = [];
  /** Those whose last send failed, by the only batch that may follow; the oldest first. */
  readonly #failed = new Map<Batch<KafkaRecord>, ProducerSession>();
  readonly #busy = new Set<ProducerSession>();
  #isClosed = false;

  constructor(options: ProducerSessionsOptions) {
    this.#options = options;
  }

  /** Sends the batch. When the signal aborts, its producer is ended, so that nothing of it can come later than what follows. */
  async send(batch: Batch<KafkaRecord>, signal: AbortSignal): Promise<Verdict> {
    signal.throwIfAborted();
    const { session, isNew } = this.#take(batch);
    let isSent = false;
    const onAbort = (): void => session.abandon();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#busy.add(session);
    try {
      // A library takes half a minute to say that there is no such topic.
      if (isNew) await this.#options.client.countPartitions(signal);
      signal.throwIfAborted();
      isSent = true;
      const missing = await session.send(batch.items.map(({ record }) => record));
      if (missing.length === 0) {
        this.#free.push(session);
        return accepted();
      }
      session.abandon();
      const notSent = refused('DEST_UNAVAILABLE', 'the library left out a partition whose leader had moved');
      return partlyAccepted(new Map(missing.map((index) => [index, notSent])));
    } catch (error) {
      const refusal = classify(error, this.#options);
      const mayRepeat =
        isSent && !signal.aborted && !this.#isClosed && this.#options.client.repeatsNumbers && !hasLostThread(error);
      if (mayRepeat && COMES_AGAIN.has(refusal.code)) this.#failed.set(batch, session);
      else session.abandon();
      signal.throwIfAborted();
      return refusal;
    } finally {
      this.#busy.delete(session);
      signal.removeEventListener('abort', onAbort);
      await this.#closeSurplus();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const session of [...this.#busy, ...this.#failed.values()]) session.abandon();
    this.#failed.clear();
    await this.#closeSurplus();
  }

  #take(batch: Batch<KafkaRecord>): { readonly session: ProducerSession; readonly isNew: boolean } {
    const own = this.#failed.get(batch);
    if (own !== undefined) {
      this.#failed.delete(batch);
      return { session: own, isNew: false };
    }
    const free = this.#free.pop();
    if (free !== undefined) return { session: free, isNew: false };
    const [oldest] = this.#failed;
    if (oldest !== undefined && this.#busy.size + this.#failed.size >= this.#options.most) {
      const [itsBatch, failed] = oldest;
      this.#failed.delete(itsBatch);
      failed.abandon();
    }
    return { session: this.#options.client.openSession(), isNew: true };
  }

  async #closeSurplus(): Promise<void> {
    const surplus = this.#free.splice(this.#isClosed ? 0 : this.#options.most);
    await Promise.all(surplus.map((session) => session.close()));
  }
}
