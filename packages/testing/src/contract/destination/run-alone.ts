import type { EventDestination, GrantexEvent, NewDeadLetter } from '@grantex/core';
import type { Run } from './run.js';

/** A destination by itself. */
export class RunAlone implements Run {
  readonly destination: EventDestination;
  readonly #letters: readonly NewDeadLetter[];

  /** `letters` is where its `onDeadLetter` puts them. */
  constructor(destination: EventDestination, letters: readonly NewDeadLetter[]) {
    this.destination = destination;
    this.#letters = letters;
  }

  async send(events: readonly GrantexEvent[]): Promise<void> {
    await this.destination.send([...events]);
  }

  async flush(): Promise<void> {
    await this.destination.flush();
  }

  async close(): Promise<void> {
    await this.destination.close();
  }

  async deadLetters(): Promise<readonly NewDeadLetter[]> {
    return this.#letters;
  }

  attempts(): undefined {
    return undefined;
  }

  async abandon(): Promise<void> {
    await this.destination.close().catch(() => {}); // The test is over; what was left is of no interest.
  }
}
