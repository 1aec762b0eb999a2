import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationStatus, ForwarderStatus } from '../../../packages/forwarder/src/watching/status.ts';
import type { DestinationName } from './destination-under-load.ts';
import type { ForwarderProgram } from './forwarder-program.ts';
import { Phase, type PhaseName } from './phase.ts';
import { disagreements, processFigures, readingOfMetrics, readingOfStatus, SOURCE } from './reading.ts';

const LOOK_MS = 1_000;
/** So many disagreements are told; one is enough to be wrong. */
const MOST_TOLD = 10;

/** Who tells. */
const TELLERS = ['/status', '/metrics', 'top'] as const;
type Teller = (typeof TELLERS)[number];

export interface WatchOptions {
  readonly program: ForwarderProgram;
  readonly destinations: readonly DestinationName[];
  readonly stopped: DestinationName;
  /** Between two looks with `top`, milliseconds. */
  readonly topMs: number;
  readonly onLook: (source: NonNullable<ForwarderStatus['sources'][string]>) => void;
}

/** Looks at the forwarder once a second, as its users do, and notes what does not fit. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #phases = new Map<string, Phase>();
  /** Who has told that the stopped destination is retrying. */
  readonly #toldTrouble = new Set<Teller>();
  readonly #faults: string[] = [];
  readonly #errorCodes = new Set<string>();
  readonly #running: Promise<void>;
  #faultCount = 0;
  #isEnding = false;
  #topAt = performance.now();
  phase: PhaseName | undefined;
  /** Looks that compared `/status` with `/metrics`, and with `top`. */
  metricsLooks = 0;
  topLooks = 0;
  mostJournalBytes = 0;
  mostRssBytes = 0;
  cpuSeconds = 0;
  /** The newest look. */
  status: ForwarderStatus | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** What was told in a way that does not fit. */
  get faults(): readonly string[] {
    const more = this.#faultCount - this.#faults.length;
    return more > 0 ? [...this.#faults, `… and ${more} more that do not fit`] : this.#faults;
  }

  /** Codes of `last_error` of the stopped destination. */
  get errorCodes(): ReadonlySet<string> {
    return this.#errorCodes;
  }

  get silentAboutTrouble(): readonly string[] {
    return TELLERS.filter((teller) => !this.#toldTrouble.has(teller));
  }

  phaseOf(destination: string, phase: PhaseName): Phase {
    const key = `${destination} ${phase}`;
    const known = this.#phases.get(key) ?? new Phase();
    this.#phases.set(key, known);
    return known;
  }

  destination(name: string): DestinationStatus | undefined {
    return this.status?.sources[SOURCE]?.destinations[name];
  }

  /** Resolves when the condition holds for a look that is taken after this call; false after `timeoutMs`. */
  async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    const before = this.status;
    for (const end = performance.now() + timeoutMs; this.status === before || !holds();) {
      if (performance.now() > end || this.#options.program.hasEnded) return false;
      await sleep(LOOK_MS / 10);
    }
    return true;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isEnding) {
      const begunAt = performance.now();
      try {
        await this.#lookAtMetrics();
        if (begunAt >= this.#topAt + this.#options.topMs) {
          this.#topAt = begunAt;
          await this.#lookWithTop();
        }
      } catch (error) {
        this.#note('/status', [`it could not be looked at: ${String(error)}`]);
      }
      await sleep(Math.max(0, begunAt + LOOK_MS - performance.now()));
    }
  }

  async #lookAtMetrics(): Promise<void> {
    const { program, destinations } = this.#options;
    const before = await program.status();
    const text = await program.metrics();
    const after = await program.status();
    const between = readingOfMetrics(text, destinations);
    this.#note('/metrics', disagreements(readingOfStatus(before), between, readingOfStatus(after)));
    this.metricsLooks++;
    const { rssBytes, cpuSeconds } = processFigures(text);
    this.mostRssBytes = Math.max(this.mostRssBytes, rssBytes);
    this.cpuSeconds = cpuSeconds;
    if (between.states.get(this.#options.stopped) === 'retrying') this.#toldTrouble.add('/metrics');
    this.#noteStatus(after);
  }

  async #lookWithTop(): Promise<void> {
    const { program, stopped } = this.#options;
    const before = await program.status();
    const between = readingOfStatus(await program.top());
    const after = await program.status();
    this.#note('top', disagreements(readingOfStatus(before), between, readingOfStatus(after)));
    this.topLooks++;
    if (between.states.get(stopped) === 'retrying') this.#toldTrouble.add('top');
  }

  #noteStatus(status: ForwarderStatus): void {
    this.status = status;
    const source = status.sources[SOURCE];
    if (source === undefined) return;
    this.mostJournalBytes = Math.max(this.mostJournalBytes, source.journal.bytes);
    for (const [name, figures] of Object.entries(source.destinations)) {
      if (this.phase !== undefined) this.phaseOf(name, this.phase).note(figures, source.received, performance.now());
      const { last_error, state } = figures;
      if (name === this.#options.stopped) {
        if (last_error !== null) this.#errorCodes.add(last_error.code);
        if (state === 'retrying' && last_error !== null) this.#toldTrouble.add('/status');
      } else if (last_error !== null || state !== 'delivering') {
        this.#note('/status', [`${name} is ${state}: ${last_error?.message ?? 'no error'}`]);
      }
    }
    this.#options.onLook(source);
  }

  #note(teller: Teller, faults: readonly string[]): void {
    this.#faultCount += faults.length;
    for (const fault of faults) {
      if (this.#faults.length < MOST_TOLD) this.#faults.push(`${teller}: ${fault}`);
    }
  }
}
