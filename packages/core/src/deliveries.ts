import { closeInTime } from './closing.js';
import type { Clock } from './clock.js';
import { Delivery } from './delivery/delivery.js';
import type { Selection } from './delivery/assembler.js';
import type { Remaining } from './delivery/delivery-parts.js';
import type { DeliveryStats } from './delivery/delivery-stats.js';
import type { RedeliveryReport } from './delivery/redelivery.js';
import type { EventDestination } from './destination/destination.js';
import { targetOf } from './destination/target-of.js';
import { GrantexError } from './errors.js';
import type { DeadLetter, Journal, Overrun } from './journal/journal.js';
import type { Logger } from './logger.js';

/** How a destination is added to a source. */
export interface Addition extends Selection {
  /**
   * Where a destination begins that the journal does not know yet: behind the newest event, or at the oldest that is kept.
   * @defaultValue 'head'
   */
  readonly from?: 'head' | 'oldest';
}

interface Added {
  readonly destination: EventDestination;
  readonly delivery: Delivery<unknown>;
}

/** The destinations of a source, each with its delivery. */
export class Deliveries {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #added = new Map<string, Added>();

  constructor(parts: {
    readonly journal: Journal;
    readonly clock: Clock;
    readonly random: () => number;
    readonly logger: Logger;
  }) {
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#logger = parts.logger;
  }

  get size(): number {
    return this.#added.size;
  }

  /**
   * Whether events come faster than they are delivered for want of the processor: to one that is behind, though not far. One
   * that is far behind waits for its service; nobody is held back for it, unless all are.
   */
  get areOutrun(): boolean {
    let isNobodyNear = this.#added.size > 0;
    for (const { delivery } of this.#added.values()) {
      if (delivery.isFarBehind) continue;
      if (delivery.isBehind) return true;
      isNobodyNear = false;
    }
    return isNobodyNear;
  }

  has(name: string): boolean {
    return this.#added.has(name);
  }

  /** Throws when another one of the same name was added. */
  add(destination: EventDestination, { from = 'head', ...selection }: Addition): Added {
    const { name } = destination;
    if (this.#added.has(name)) {
      throw new GrantexError(
        'STATE_INVALID',
        `a destination named "${name}" was added before; give one of them another name`,
      );
    }
    const [journal, clock, random, logger] = [this.#journal, this.#clock, this.#random, this.#logger];
    const target = targetOf(destination);
    const delivery = new Delivery({ target, journal, selection, from, clock, random, logger });
    const added = { destination, delivery };
    this.#added.set(name, added);
    return added;
  }

  async start(): Promise<void> {
    for (const { delivery } of this.#added.values()) await delivery.start();
  }

  /** Adds a destination and begins to deliver to it. */
  async attach(destination: EventDestination, addition: Addition): Promise<void> {
    const { delivery } = this.add(destination, addition);
    try {
      await delivery.start();
    } catch (error) {
      this.#added.delete(destination.name);
      throw error;
    }
  }

  /** Takes a destination away: its requests under way are finished, and it is closed. Its cursor stays in the journal. */
  async detach(name: string, deadline: AbortSignal): Promise<Remaining | undefined> {
    const added = this.#added.get(name);
    if (added === undefined) throw unknown(name);
    const remaining = await added.delivery.stop(deadline, false);
    this.#added.delete(name);
    await this.#close(added, deadline);
    return remaining;
  }

  noteOverrun(overrun: Overrun, started: boolean): void {
    this.#added.get(overrun.destination)?.delivery.noteOverrun(overrun, started);
  }

  async redeliver(name: string, letters: readonly DeadLetter[]): Promise<RedeliveryReport> {
    const added = this.#added.get(name);
    if (added !== undefined) return added.delivery.redeliver(letters);
    if (name === 'stream') throw new GrantexError('STATE_INVALID', 'a frame that is no event cannot be sent');
    throw unknown(name);
  }

  stats(): Readonly<Record<string, DeliveryStats>> {
    return Object.fromEntries([...this.#added].map(([name, { delivery }]) => [name, delivery.stats()]));
  }

  /** Resolves to what is left in the journal. */
  async stop(deadline: AbortSignal, drain: boolean): Promise<readonly Remaining[]> {
    const stopping = [...this.#added.values()].map(({ delivery }) => delivery.stop(deadline, drain));
    return (await Promise.all(stopping)).filter((remaining) => remaining !== undefined);
  }

  async close(deadline: AbortSignal): Promise<void> {
    await Promise.all([...this.#added.values()].map((added) => this.#close(added, deadline)));
  }

  async #close({ destination }: Added, deadline: AbortSignal): Promise<void> {
    await closeInTime(destination, deadline, { clock: this.#clock, logger: this.#logger });
  }
}

function unknown(name: string): GrantexError {
  return new GrantexError('STATE_INVALID', `there is no destination named "${name}"`);
}
