import { type EventDestination, type GrantexEvent, type Logger, type NewDeadLetter } from '@grantex/core';
import { CommandFailure } from '../exit-codes.js';
import type { DestinationSettings } from '../settings/settings.js';
import { isBatching, WrappedDestination } from './wrapped-destination.js';

/**
 * A destination used alone keeps its dead letters in memory, and holds when there are too many of them. Well below that
 * it is closed, and another one goes on.
 */
const RENEW_AFTER = { letters: 4_000, bytes: 8_388_608 };

export interface ReplayTargetOptions {
  readonly settings: DestinationSettings;
  /** Events per second at most; undefined: what the settings say. */
  readonly rate: number | undefined;
  readonly onDeadLetter: (letter: NewDeadLetter) => void;
}

/** The destination of the settings, used alone: no source, no journal on disk. */
export class ReplayTarget {
  readonly #options: ReplayTargetOptions;
  #destination: EventDestination;
  #letters = 0;
  #letterBytes = 0;
  /** What the destination says is wrong just now; undefined when nothing is. */
  trouble: string | undefined;

  /** Throws an `OptionError` when the options are wrong. */
  constructor(options: ReplayTargetOptions) {
    this.#options = options;
    this.#destination = this.#open();
  }

  /** Events of a full request: what has to be in flight to fill one. */
  get batchSize(): number {
    const { batchSize, concurrency } = this.#options.settings.options;
    return numberOr(batchSize, 1_000) * numberOr(concurrency, 1);
  }

  async send(events: readonly GrantexEvent[]): Promise<void> {
    await this.#destination.send([...events]);
  }

  async flush(): Promise<void> {
    await this.#destination.flush();
    this.trouble = undefined;
  }

  /** Whether `renew` has to be called when nothing is in flight. */
  get needsRenewal(): boolean {
    return this.#letters >= RENEW_AFTER.letters || this.#letterBytes >= RENEW_AFTER.bytes;
  }

  /** Nothing may be in flight. */
  async renew(): Promise<void> {
    await this.#destination.close();
    [this.#letters, this.#letterBytes] = [0, 0];
    this.#destination = this.#open();
  }

  /** Delivers what is in flight, as far as the service takes it. Rejects when something is left. */
  async close(): Promise<void> {
    await this.#destination.close();
  }

  #open(): EventDestination {
    const { settings, rate } = this.#options;
    const pace = rate === undefined ? {} : { maxEventsPerSecond: rate };
    const inCode = { onDeadLetter: (letter: NewDeadLetter) => this.#gaveUp(letter), logger: this.#logger() };
    const known = settings.definition.problems({ ...settings.options, ...pace }).length === 0;
    const destination = settings.definition.from({ ...settings.options, ...(known && pace) }, inCode);
    if (!known && isBatching(destination)) throw new CommandFailure(`${settings.name}: this destination has no --rate`);
    return isBatching(destination) ? destination : new WrappedDestination(destination, { ...pace, ...inCode });
  }

  #gaveUp(letter: NewDeadLetter): void {
    this.#letters++;
    this.#letterBytes += letter.text.length;
    this.#options.onDeadLetter(letter);
  }

  /** Told on the line of progress, where it is replaced when it is over. */
  #logger(): Logger {
    const keep = (message: string): void => void (this.trouble = message);
    return { debug: () => {}, info: () => (this.trouble = undefined), warn: keep, error: keep };
  }
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}
