import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, StopOptions, StopReport } from '@grantex/core';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { DestinationSettings, Settings, SourceSettings } from '../settings/settings.js';
import { SourceFigures } from '../watching/source-figures.js';
import type { SourceStatus } from '../watching/status.js';
import type { DestinationRecord } from './destination-record.js';
import { SourceRunner, type Discarded } from './source-runner.js';
import { OVERLAP_MS, untilHeard } from './until-heard.js';

/** Every source that runs, with its destinations. */
export class Sources {
  readonly #record: DestinationRecord;
  readonly #logger: Logger;
  readonly #runners = new Map<string, SourceRunner>();
  /** They go on when a source is replaced. */
  readonly #figures = new Map<string, SourceFigures>();
  readonly #refused = Promise.withResolvers<never>();

  constructor({ record, logger }: { readonly record: DestinationRecord; readonly logger: Logger }) {
    this.#record = record;
    this.#logger = logger;
    this.#refused.promise.catch(() => {}); // For whoever waits for it.
  }

  /** Rejects when a source refuses the first connect for good. */
  get refused(): Promise<never> {
    return this.#refused.promise;
  }

  /** Resolves when every journal is open. With `takeover` that is when another process has let go of them. */
  async start(settings: Settings, takeover: boolean): Promise<void> {
    const runners = settings.sources.map((source) => this.#make(source, settings, takeover));
    for (const runner of runners) this.#runners.set(runner.name, runner);
    await Promise.all(runners.map((runner) => this.#start(runner, settings)));
    await this.#noteTypes(settings);
  }

  /** Whether every stream is heard within the time. */
  async heard(timeoutMs: number): Promise<boolean> {
    const all = await Promise.all([...this.#runners.values()].map((runner) => untilHeard(runner, timeoutMs)));
    return all.every((isHeard) => isHeard);
  }

  /**
   * Adds sources, or replaces those of the same names: each new one listens, and waits for the journal, before the one in
   * its place stops. Rejects, and leaves everything as it is, when one of them is refused or not heard.
   */
  async replace(sources: readonly SourceSettings[], settings: Settings): Promise<void> {
    const fresh = sources.map((source) => this.#make(source, settings, true));
    const opening = fresh.map((runner) => runner.start(this.#destinationsOf(runner.name, settings)));
    for (const each of opening) each.catch(() => {}); // Looked at below.
    try {
      const heard = await Promise.all(fresh.map((runner) => untilHeard(runner)));
      if (heard.includes(false)) throw new CommandFailure('a stream was not heard in time', EXIT.unavailable);
    } catch (error) {
      await Promise.allSettled(fresh.map((runner) => runner.stop({ deadlineMs: 0 })));
      throw error;
    }
    if (fresh.some(({ name }) => this.#runners.has(name))) await sleep(OVERLAP_MS);
    for (const runner of fresh) {
      await this.#runners.get(runner.name)?.stop({ drain: false, deadlineMs: settings.server.stopDeadlineMs });
      this.#runners.set(runner.name, runner);
      this.#watch(runner);
    }
    await Promise.all(opening);
  }

  async remove(name: string, options: StopOptions): Promise<void> {
    await this.#runners.get(name)?.stop(options);
    this.#runners.delete(name);
  }

  async changeKey(name: string, apiKey: string): Promise<void> {
    await this.get(name).changeKey(apiKey);
  }

  /** Makes the destinations those of the settings, but for the ones that are switched off. */
  async applyDestinations(settings: Settings): Promise<Discarded> {
    const discarded: Discarded = new Map();
    for (const runner of this.#runners.values()) {
      for (const [name, count] of await runner.apply(this.#destinationsOf(runner.name, settings))) {
        discarded.set(name, (discarded.get(name) ?? 0) + count);
      }
      runner.showOff(this.#offOf(runner.name, settings));
    }
    await this.#noteTypes(settings);
    return discarded;
  }

  get(name: string): SourceRunner {
    const found = this.#runners.get(name);
    if (found !== undefined) return found;
    const names = [...this.#runners.keys()].join(', ');
    throw new CommandFailure(`there is no source "${name}"; there are ${names}`, EXIT.usage);
  }

  status(): Readonly<Record<string, SourceStatus>> {
    return Object.fromEntries([...this.#runners].map(([name, runner]) => [name, runner.status()]));
  }

  /** Resolves to what is left in the journals, by source. */
  async stop(options: StopOptions): Promise<Readonly<Record<string, StopReport>>> {
    const runners = [...this.#runners.values()];
    return Object.fromEntries(
      await Promise.all(runners.map(async (runner) => [runner.name, await runner.stop(options)] as const)),
    );
  }

  #make(source: SourceSettings, settings: Settings, takeover: boolean): SourceRunner {
    const { journal, connections } = settings;
    const figures = this.#figures.get(source.name) ?? new SourceFigures(Date.now());
    this.#figures.set(source.name, figures);
    const formerTypeOf = (name: string): string | undefined => this.#record.typeOf(name);
    return new SourceRunner({ source, journal, connections, takeover, figures, formerTypeOf, logger: this.#logger });
  }

  async #start(runner: SourceRunner, settings: Settings): Promise<void> {
    const starting = runner.start(this.#destinationsOf(runner.name, settings));
    this.#watch(runner);
    runner.showOff(this.#offOf(runner.name, settings));
    for (const [name, discarded] of await starting) {
      if (discarded === 0) continue;
      const what = `${discarded} event(s) that waited for it are discarded`;
      this.#logger.warn(`${name}: it is switched off, gone or of another type since the last run; ${what}`, {
        discarded,
      });
    }
  }

  #watch(runner: SourceRunner): void {
    runner.ended().catch((error: unknown) => {
      if (this.#runners.get(runner.name) === runner) this.#refused.reject(error);
    });
  }

  #destinationsOf(source: string, { destinations }: Settings): readonly DestinationSettings[] {
    return destinations.filter((each) => each.sources.includes(source) && this.#isOn(each));
  }

  #offOf(source: string, { destinations }: Settings): readonly DestinationSettings[] {
    return destinations.filter((each) => each.sources.includes(source) && !this.#isOn(each));
  }

  #isOn({ name, enabled }: DestinationSettings): boolean {
    return enabled && !this.#record.isOff(name);
  }

  async #noteTypes({ destinations }: Settings): Promise<void> {
    await this.#record.setTypes(Object.fromEntries(destinations.map(({ name, type }) => [name, type])));
  }
}
