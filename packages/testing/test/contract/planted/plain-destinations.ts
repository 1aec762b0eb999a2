import { DestinationError, retryAfterMs, type Clock, type EventDestination, type GrantexEvent } from '@grantex/core';
import type { ArrayOptions } from './array-destination.js';

/** A good class of somebody's own: one `fetch` for each `send`. */
export class PlainDestination implements EventDestination {
  readonly name: string = 'plain';
  readonly #url: string;
  readonly #key: string;
  readonly #clock: Clock | undefined;
  #controller: AbortController = new AbortController();

  constructor({ url, key, clock }: ArrayOptions) {
    this.#url = url;
    this.#key = key;
    this.#clock = clock;
  }

  async send(events: GrantexEvent[]): Promise<void> {
    await this.post(events);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#controller.abort();
  }

  protected async post(events: readonly GrantexEvent[]): Promise<void> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { authorization: this.#key, connection: 'close' },
      body: JSON.stringify(events),
      signal: this.#controller.signal,
    });
    // Read, so that the connection is free.
    await response.arrayBuffer();
    if (response.ok) return;
    const { status } = response;
    const wait = retryAfterMs({ headers: Object.fromEntries(response.headers) }, this.#clock?.now() ?? 0);
    const code = CODES[status] ?? 'DEST_FAILED';
    throw new DestinationError(code, `the receiver answered ${status}`, {
      statusCode: status,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
}

const CODES: Readonly<Record<number, DestinationError['code']>> = {
  400: 'DEST_REJECTED',
  403: 'DEST_UNAUTHORIZED',
  413: 'DEST_TOO_LARGE',
  429: 'DEST_THROTTLED',
  503: 'DEST_UNAVAILABLE',
};

/** Keeps what it is given, sends it some time later, and says nothing of it. */
export class PlainAcknowledgesEarly extends PlainDestination {
  override async send(events: GrantexEvent[]): Promise<void> {
    this.post(events).catch(() => {}); // Nobody will know.
  }
}

/** Knows how to write, not that writing can fail. */
export class PlainSwallowsFailures extends PlainDestination {
  override async send(events: GrantexEvent[]): Promise<void> {
    await super.send(events).catch(() => {}); // "It will be all right."
  }
}

/** Leaves what it buffered in its buffer. */
export class PlainForgetsToFlush extends PlainDestination {
  readonly #buffer: GrantexEvent[] = [];

  override async send(events: GrantexEvent[]): Promise<void> {
    this.#buffer.push(...events);
    if (this.#buffer.length >= 100) await super.send(this.#buffer.splice(0));
  }
}

/** One request for each event, all at once. */
export class PlainReorders extends PlainDestination {
  override async send(events: GrantexEvent[]): Promise<void> {
    await Promise.all(events.toReversed().map((event) => this.post([event])));
  }
}
