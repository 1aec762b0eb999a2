import { join } from 'node:path';
import type { Logger, RedeliveryReport, StopReport } from '@grantex/core';
import type { Control, DropReport, ReloadReport, SwitchReport } from '../control/control-protocol.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { DestinationSettings, Settings, SourceSettings } from '../settings/settings.js';
import { SettingsError } from '../settings/settings-problem.js';
import { VERSION } from '../version.js';
import { SourceFigures } from '../watching/source-figures.js';
import type { ForwarderStatus, SettingsStatus } from '../watching/status.js';
import { DestinationRecord } from './destination-record.js';
import { settingsChange } from './settings-change.js';
import { SourceRunner, type Discarded } from './source-runner.js';
import { untilHeard } from './until-heard.js';

export interface ForwarderOptions {
  readonly settings: Settings;
  /** Reads the file of settings again. Rejects with a `SettingsError`. */
  readonly load: () => Promise<Settings>;
  /** Whether to wait for journals that another process has, and to listen meanwhile. */
  readonly takeover: boolean;
  readonly logger: Logger;
}

/** The running program: every source of the settings, and what can be changed while they run. */
export class Forwarder implements Control {
  readonly #options: ForwarderOptions;
  readonly #logger: Logger;
  readonly #runners = new Map<string, SourceRunner>();
  readonly #figures = new Map<string, SourceFigures>();
  readonly #startedAt = new Date();
  readonly #stopping = Promise.withResolvers<{ readonly drain: boolean }>();
  readonly #refused = Promise.withResolvers<never>();
  #settings: Settings;
  #record: DestinationRecord | undefined;
  #state: ForwarderStatus['state'] = 'starting';
  #told: SettingsStatus;
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  /** Called after a reload: other files may have to be watched. */
  onReloaded: (settings: Settings) => void = () => {};

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#settings = options.settings;
    this.#told = {
      file: options.settings.file,
      loaded_at: this.#startedAt.toISOString(),
      reloads: { applied: 0, rejected: 0 },
      problem: null,
    };
    this.#refused.promise.catch(() => {}); // Told by start(), or by stopped().
  }

  /** Resolves when every journal is open. Rejects when a journal is in use, or a source refuses the first connect. */
  async start(): Promise<void> {
    const { journal, sources } = this.#settings;
    const path = journal.type === 'disk' ? join(journal.folder, 'destinations.json') : undefined;
    this.#record = await DestinationRecord.read(path);
    const runners = sources.map((source) => this.#makeRunner(source, this.#settings, this.#options.takeover));
    for (const runner of runners) this.#runners.set(runner.name, runner);
    const opening = runners.map((runner) => this.#startRunner(runner, this.#settings));
    const opened = Promise.all(opening);
    await Promise.race([opened, this.#refused.promise, this.#stopping.promise]);
    if (this.#state !== 'starting') return;
    await this.#noteTypes();
    this.#state = 'running';
  }

  /** Resolves when every stream is heard, or after `timeoutMs`. */
  async heard(timeoutMs: number): Promise<boolean> {
    const all = await Promise.all([...this.#runners.values()].map((runner) => untilHeard(runner, timeoutMs)));
    return all.every((isHeard) => isHeard);
  }

  /** Resolves when the program is told to stop. Rejects when a source refuses the first connect. */
  async stopped(): Promise<{ readonly drain: boolean }> {
    return Promise.race([this.#stopping.promise, this.#refused.promise]);
  }

  async stop({ drain }: { readonly drain: boolean }): Promise<void> {
    this.#state = 'stopping';
    this.#stopping.resolve({ drain });
  }

  /** Ends everything within the deadline of the settings. Resolves to what is left in the journals, by source. */
  async close({ drain }: { readonly drain: boolean }): Promise<Readonly<Record<string, StopReport>>> {
    this.#state = 'stopping';
    await this.#changing.catch(() => {}); // Told to whoever asked for the change.
    const options = { drain, deadlineMs: this.#settings.server.stopDeadlineMs };
    const runners = [...this.#runners.values()];
    const reports = await Promise.all(
      runners.map(async (runner) => [runner.name, await runner.stop(options)] as const),
    );
    this.#state = 'stopped';
    return Object.fromEntries(reports);
  }

  async status(): Promise<ForwarderStatus> {
    return this.statusNow();
  }

  statusNow(): ForwarderStatus {
    const sources = [...this.#runners].map(([name, runner]) => [name, runner.status()] as const);
    return {
      version: VERSION,
      pid: process.pid,
      started_at: this.#startedAt.toISOString(),
      state: this.#state,
      settings: this.#told,
      sources: Object.fromEntries(sources),
    };
  }

  async reload(): Promise<ReloadReport> {
    return this.#inTurn(async () => {
      const { reloads } = this.#told;
      try {
        const next = await this.#options.load();
        const report = await this.#apply(next);
        const counts = { ...reloads, applied: reloads.applied + 1 };
        this.#told = { ...this.#told, loaded_at: new Date().toISOString(), reloads: counts, problem: null };
        this.onReloaded(next);
        this.#tellReload(report);
        return report;
      } catch (error) {
        if (!(error instanceof SettingsError) && !(error instanceof CommandFailure)) throw error;
        this.#told = { ...this.#told, reloads: { ...reloads, rejected: reloads.rejected + 1 }, problem: error.message };
        this.#logger.error(`the settings were not taken, the running ones stay: ${error.message}`);
        throw new CommandFailure(`not taken, the running settings stay: ${error.message}`, EXIT.settings);
      }
    });
  }

  async switchOn(name: string, { from }: { readonly from: 'head' | 'oldest' }): Promise<SwitchReport> {
    return this.#inTurn(async () => {
      const { enabled } = this.#destination(name);
      if (!enabled) throw new CommandFailure(`${name} has "enabled: false" in ${this.#settings.file}: change it there`);
      if (!this.#recordOfDestinations.isOff(name)) return { changed: false, discarded: 0 };
      await this.#recordOfDestinations.setOff(name, false);
      await this.#applyDestinations({
        ...this.#settings,
        destinations: this.#settings.destinations.map((each) => (each.name === name ? { ...each, from } : each)),
      });
      this.#logger.info(`${name}: switched on${from === 'oldest' ? ', with what the journal keeps' : ''}`);
      return { changed: true, discarded: 0 };
    });
  }

  async switchOff(name: string): Promise<SwitchReport> {
    return this.#inTurn(async () => {
      const { enabled } = this.#destination(name);
      if (!enabled || this.#recordOfDestinations.isOff(name)) return { changed: false, discarded: 0 };
      await this.#recordOfDestinations.setOff(name, true);
      const discarded = (await this.#applyDestinations(this.#settings)).get(name) ?? 0;
      this.#logger.warn(`${name}: switched off; ${discarded} event(s) that waited for it are discarded`, { discarded });
      return { changed: true, discarded };
    });
  }

  async retryDeadLetters(source: string, numbers: readonly number[]): Promise<RedeliveryReport> {
    return this.#runner(source).deadLetters.retry(numbers);
  }

  async dropDeadLetters(source: string, numbers: readonly number[]): Promise<DropReport> {
    const dropped = await this.#runner(source).deadLetters.remove(numbers);
    this.#logger.warn(`${dropped} dead letter(s) of ${source} were dropped by command`, { source, dropped });
    return { dropped };
  }

  async #apply(next: Settings): Promise<ReloadReport> {
    const before = this.#settings;
    const change = settingsChange(before, next);
    const settings: Settings = {
      ...next,
      journal: { ...next.journal, type: before.journal.type, folder: before.journal.folder },
      server: before.server,
      metrics: before.metrics,
    };
    // What may fail comes first: a source that refuses its key leaves everything as it is.
    await this.#replaceSources([...change.addedSources, ...change.replacedSources], settings);
    for (const { name } of change.removedSources) await this.#removeSource(name);
    for (const { name, apiKey } of change.newKeys) await this.#runners.get(name)?.changeKey(apiKey);
    this.#settings = settings;
    const discarded = await this.#applyDestinations(settings);
    const old = new Map(before.destinations.map((each) => [each.name, each]));
    const names = (destinations: readonly DestinationSettings[]): string[] => destinations.map(({ name }) => name);
    const isSame = (each: DestinationSettings): boolean =>
      old.get(each.name)?.fingerprint === each.fingerprint && old.get(each.name)?.enabled === each.enabled;
    return {
      added: [
        ...change.addedSources.map(({ name }) => name),
        ...names(next.destinations.filter(({ name }) => !old.has(name))),
      ],
      changed: [
        ...[...change.newKeys, ...change.replacedSources].map(({ name }) => name),
        ...names(next.destinations.filter((each) => old.has(each.name) && !isSame(each))),
      ],
      removed: [
        ...change.removedSources.map(({ name }) => name),
        ...names(before.destinations.filter(({ name }) => !next.destinations.some((each) => each.name === name))),
      ],
      unchanged: names(next.destinations.filter(isSame)),
      needs_restart: change.needsRestart,
      discarded: Object.fromEntries([...discarded].filter(([, count]) => count > 0)),
    };
  }

  /** Each new one listens, and waits for the journal, before the one in its place stops. */
  async #replaceSources(sources: readonly SourceSettings[], settings: Settings): Promise<void> {
    const fresh = sources.map((source) => this.#makeRunner(source, settings, true));
    const opening = fresh.map((runner) => runner.start(this.#destinationsOf(runner.name, settings)));
    for (const each of opening) each.catch(() => {}); // Looked at below.
    const heard = await Promise.all(fresh.map((runner) => untilHeard(runner))).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
    if (heard instanceof Error || heard.includes(false)) {
      await Promise.allSettled([...opening, ...fresh.map((runner) => runner.stop({ deadlineMs: 0 }))]);
      const why = heard instanceof Error ? heard.message : 'a stream was not heard in time';
      throw new CommandFailure(`sources ${sources.map(({ name }) => name).join(', ')}: ${why}`, EXIT.settings);
    }
    for (const runner of fresh) {
      await this.#runners.get(runner.name)?.stop({ drain: false, deadlineMs: settings.server.stopDeadlineMs });
      this.#runners.set(runner.name, runner);
      this.#watch(runner);
    }
    await Promise.all(opening);
  }

  async #removeSource(name: string): Promise<void> {
    await this.#runners.get(name)?.stop({ deadlineMs: this.#settings.server.stopDeadlineMs });
    this.#runners.delete(name);
    this.#logger.warn(
      `${name}: this source is no longer listened to; its journal stays in ${this.#settings.journal.folder}`,
    );
  }

  async #applyDestinations(settings: Settings): Promise<Discarded> {
    const discarded: Discarded = new Map();
    for (const runner of this.#runners.values()) {
      for (const [name, count] of await runner.apply(this.#destinationsOf(runner.name, settings))) {
        discarded.set(name, (discarded.get(name) ?? 0) + count);
      }
      runner.showOff(this.#offOf(runner.name, settings));
    }
    await this.#noteTypes();
    return discarded;
  }

  #makeRunner(source: SourceSettings, settings: Settings, takeover: boolean): SourceRunner {
    return new SourceRunner({
      source,
      journal: settings.journal,
      connections: settings.connections,
      takeover,
      logger: this.#logger,
      figures: this.#figuresOf(source.name),
      formerTypeOf: (name) => this.#record?.typeOf(name),
    });
  }

  /** They go on when a source is replaced. */
  #figuresOf(source: string): SourceFigures {
    const figures = this.#figures.get(source) ?? new SourceFigures(Date.now());
    this.#figures.set(source, figures);
    return figures;
  }

  async #startRunner(runner: SourceRunner, settings: Settings): Promise<void> {
    const starting = runner.start(this.#destinationsOf(runner.name, settings));
    this.#watch(runner);
    runner.showOff(this.#offOf(runner.name, settings));
    for (const [name, count] of await starting) {
      if (count > 0)
        this.#logger.warn(`${name} is no destination any more; ${count} event(s) that waited for it are discarded`);
    }
  }

  #watch(runner: SourceRunner): void {
    runner.ended().catch((error: unknown) => {
      if (this.#runners.get(runner.name) === runner) this.#refused.reject(error);
    });
  }

  #isOn({ name, enabled }: DestinationSettings): boolean {
    return enabled && !this.#recordOfDestinations.isOff(name);
  }

  #destinationsOf(source: string, { destinations }: Settings): readonly DestinationSettings[] {
    return destinations.filter((each) => each.sources.includes(source) && this.#isOn(each));
  }

  #offOf(source: string, { destinations }: Settings): readonly DestinationSettings[] {
    return destinations.filter((each) => each.sources.includes(source) && !this.#isOn(each));
  }

  async #noteTypes(): Promise<void> {
    const { destinations } = this.#settings;
    await this.#recordOfDestinations.setTypes(Object.fromEntries(destinations.map(({ name, type }) => [name, type])));
  }

  get #recordOfDestinations(): DestinationRecord {
    if (this.#record === undefined) throw new CommandFailure('the forwarder is still starting', EXIT.unavailable);
    return this.#record;
  }

  #destination(name: string): DestinationSettings {
    const found = this.#settings.destinations.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = this.#settings.destinations.map((each) => each.name).join(', ');
    throw new CommandFailure(`there is no destination "${name}"; there are ${names}`, EXIT.usage);
  }

  #runner(name: string): SourceRunner {
    const found = this.#runners.get(name);
    if (found !== undefined) return found;
    throw new CommandFailure(
      `there is no source "${name}"; there are ${[...this.#runners.keys()].join(', ')}`,
      EXIT.usage,
    );
  }

  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const run = async (): Promise<Result> => {
      if (this.#state === 'running') return change();
      throw new CommandFailure(`the forwarder is ${this.#state}`, EXIT.unavailable);
    };
    const changed = this.#changing.then(run, run);
    this.#changing = changed.catch(() => {}); // Told to whoever asked for it.
    return changed;
  }

  #tellReload({ added, changed, removed, needs_restart: needsRestart, discarded }: ReloadReport): void {
    const parts = [
      ['added', added],
      ['changed', changed],
      ['removed', removed],
      ['takes a restart', needsRestart],
    ] as const;
    const told = parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.join(', ')}`);
    this.#logger.info(`the settings were read again; ${told.length === 0 ? 'nothing differs' : told.join('; ')}`);
    for (const [name, count] of Object.entries(discarded)) {
      this.#logger.warn(`${name}: ${count} event(s) that waited for it are discarded`, { discarded: count });
    }
  }
}
