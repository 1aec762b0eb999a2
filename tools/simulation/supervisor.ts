import type { SourceStats } from '@grantex/core';
import { Process, type ProcessParts } from './process.ts';

/** Starts the program, kills it, stops it, and starts it again. */
export class Supervisor {
  readonly #parts: Omit<ProcessParts, 'number'>;
  #process: Process | undefined;
  #lives = 0;
  #crashes: number;
  #politeStops: number;
  /** Steps until the next crash. */
  #stepsToCrash: number | undefined;
  #isStopping = false;

  constructor(parts: Omit<ProcessParts, 'number'>) {
    this.#parts = parts;
    this.#crashes = parts.plan.crashes;
    this.#politeStops = parts.plan.politeStops;
    parts.world.afterStep = () => this.#afterStep();
  }

  /** Undefined while nothing runs. */
  get stats(): SourceStats | undefined {
    return this.#process?.isRunning === true && !this.#isStopping ? this.#process.stats : undefined;
  }

  begin(): void {
    this.#isStopping = false;
    const process = new Process({ ...this.#parts, number: ++this.#lives, chance: this.#parts.chance.fork() });
    this.#process = process;
    process.start(() => this.#beginLater());
    if (this.#parts.isTrouble()) this.#planEnd(process);
  }

  /** From here on it is left alone. */
  calm(): void {
    this.#stepsToCrash = undefined;
  }

  /** The last stop; `onEnd` gets how many events were left. */
  stop(onEnd: (left: number) => void): void {
    this.#isStopping = true;
    this.#process?.stop(20_000, onEnd);
  }

  /** What the program says of itself. */
  describe(): string {
    if (this.#process === undefined) return '';
    const { state, destinations } = this.#process.stats;
    const each = Object.entries(destinations).map(
      ([name, { state: doing, lag, lastError }]) => `${name} ${doing}, lag ${lag}, ${lastError?.message ?? 'no error'}`,
    );
    return ` (${state}; ${each.join('; ')})`;
  }

  #planEnd(process: Process): void {
    const { chance, world, plan } = this.#parts;
    if (this.#crashes + this.#politeStops === 0) return;
    const isCrash = chance.next() * (this.#crashes + this.#politeStops) < this.#crashes;
    const ms = chance.next() * (plan.troubleMs / (1 + plan.crashes + plan.politeStops));
    world.after(ms, undefined, () => {
      if (!process.isRunning || this.#process !== process || !this.#parts.isTrouble()) return;
      if (isCrash) {
        this.#crashes--;
        // Some steps later: what goes on at that moment decides what the crash meets.
        this.#stepsToCrash = chance.between(0, 30);
        return;
      }
      this.#politeStops--;
      this.#isStopping = true;
      process.stop(Math.ceil(chance.skewed(100, 20_000)), () => this.#beginLater());
      // The grace of an orchestrator is over before, now and then.
      if (chance.happens(0.2)) this.#stepsToCrash = chance.between(0, 60);
    });
  }

  #beginLater(): void {
    const { chance, world } = this.#parts;
    this.#stepsToCrash = undefined;
    world.after(chance.skewed(10, 60_000), undefined, () => this.begin());
  }

  #afterStep(): void {
    this.#watchJournal();
    if (this.#stepsToCrash === undefined || this.#stepsToCrash-- > 0) return;
    this.#stepsToCrash = undefined;
    if (this.#process?.isRunning !== true) return;
    this.#process.crash();
    this.#beginLater();
  }

  #watchJournal(): void {
    const { plan, ledger } = this.#parts;
    if (this.#process?.isRunning !== true || plan.disk.options.maxBytes > 1_000_000) return;
    const { bytes, maxBytes } = this.#process.stats.journal;
    // What deliveries have in hand is not taken away from them.
    const inHand = plan.destinations.reduce(
      (sum, { batchSize, concurrency }) => sum + batchSize * (concurrency + 2),
      20,
    );
    if (bytes > maxBytes + inHand * LARGE_EVENT)
      ledger.violated(`limit: ${bytes} bytes in the journal, not ${maxBytes}`);
  }
}

/** What the journal counts for an event of the simulation at most, and for its neighbours in the group that it keeps. */
const LARGE_EVENT = 2_000;
