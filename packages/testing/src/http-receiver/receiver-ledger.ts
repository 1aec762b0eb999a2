import type { OpenRequest, ReceivedRequest } from './received-request.js';
import { Watchers } from '../watchers.js';

/** Totals since the start. */
export interface ReceiverCounts {
  readonly requests: number;
  readonly accepted: number;
  /** Ids in accepted requests, repeats included. */
  readonly ids: number;
  readonly distinctIds: number;
  /** On the wire, of all requests. */
  readonly bytes: number;
}

/** What came to a receiver and what it kept. */
export class ReceiverLedger {
  readonly requests: ReceivedRequest[] = [];
  readonly accepted: ReceivedRequest[] = [];
  readonly ids: string[] = [];
  readonly watchers: Watchers = new Watchers();
  readonly #distinctIds = new Set<string>();
  #bytes = 0;

  get counts(): ReceiverCounts {
    return {
      requests: this.requests.length,
      accepted: this.accepted.length,
      ids: this.ids.length,
      distinctIds: this.#distinctIds.size,
      bytes: this.#bytes,
    };
  }

  arrived(request: ReceivedRequest): void {
    this.requests.push(request);
    this.#bytes += request.size;
    this.watchers.changed();
  }

  store(request: OpenRequest, ids: readonly string[]): void {
    request.accepted = true;
    request.ids = ids;
    this.accepted.push(request);
    for (const id of ids) {
      this.ids.push(id);
      this.#distinctIds.add(id);
    }
    this.watchers.changed();
  }
}
