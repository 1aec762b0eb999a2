import type { DestinationStatus } from '../../../packages/forwarder/src/watching/status.ts';

/** Before the service is stopped, while it is away, and afterwards, as long as events are published. */
export type PhaseName = 'before' | 'during' | 'after';

export const PHASES: readonly PhaseName[] = ['before', 'during', 'after'];

/** What was seen of one destination in one phase. */
export class Phase {
  readonly #oldestWaiting: number[] = [];
  #first: { readonly at: number; readonly delivered: number; readonly received: number } | undefined;
  #last = { at: 0, delivered: 0, received: 0 };
  mostWaiting = 0;

  /** @param at milliseconds of a steady clock */
  note({ waiting, oldest_waiting_seconds, delivered }: DestinationStatus, received: number, at: number): void {
    this.#last = { at, delivered, received };
    this.#first ??= this.#last;
    this.mostWaiting = Math.max(this.mostWaiting, waiting);
    this.#oldestWaiting.push(oldest_waiting_seconds);
  }

  get delivered(): number {
    return this.#last.delivered - (this.#first?.delivered ?? 0);
  }

  /** Events that came meanwhile. */
  get received(): number {
    return this.#last.received - (this.#first?.received ?? 0);
  }

  /** Events per second. */
  get deliveredRate(): number {
    return (this.delivered * 1_000) / (this.#last.at - (this.#first?.at ?? 0));
  }

  get longestWaiting(): number {
    return Math.max(0, ...this.#oldestWaiting);
  }

  /** 99 of 100 looks saw no longer time, in seconds. */
  get p99Waiting(): number {
    const sorted = this.#oldestWaiting.toSorted((one, other) => one - other);
    return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  }
}
