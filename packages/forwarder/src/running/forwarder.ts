import { join } from 'node:path';
import type { Logger, RedeliveryReport, StopReport } from '@grantex/core';
import type { Control, DropReport, ReloadReport, SwitchReport } from '../control/control-protocol.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { DestinationSettings, Settings } from '../settings/settings.js';
import { SettingsError } from '../settings/settings-problem.js';
import { VERSION } from '../version.js';
import type { ForwarderStatus, SettingsStatus } from '../watching/status.js';
import { DestinationRecord } from './destination-record.js';
import { reloadReport, tellReload } from './reload-report.js';
import { settingsChange } from './settings-change.js';
import { Sources } from './sources.js';

export interface ForwarderOptions {
  readonly settings: Settings;
  /** Reads the file of settings again. Rejects with a `SettingsError`. */
  readonly load: () => Promise<Settings>;
  /** Called after a reload: other files may have to be watched. */
  readonly onReloaded: (settings: Settings) => void;
  /** Called when new settings were not taken, with the files whose change may mend them. */
  readonly onRejected: (files: readonly string[]) => void;
  readonly logger: Logger;
}

/** The running program, and what can be changed while it runs. */
export class Forwarder implements Control {
  readonly #options: ForwarderOptions;
  readonly #logger: Logger;
  readonly #record: DestinationRecord;
  readonly #sources: Sources;
  readonly #startedAt = new Date();
  readonly #stopping = Promise.withResolvers<{ readonly drain: boolean }>();
  #settings: Settings;
  #state: ForwarderStatus['state'] = 'starting';
  #told: SettingsStatus;
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(options: ForwarderOptions, record: DestinationRecord) {
    this.#options = options;
    this.#logger = options.logger;
    this.#settings = options.settings;
    this.#record = record;
    this.#sources = new Sources({ record, logger: options.logger });
    this.#told = {
      file: options.settings.file,
      loaded_at: this.#startedAt.toISOString(),
      reloads: { applied: 0, rejected: 0 },
      problem: null,
    };
  }

  static async create(options: ForwarderOptions): Promise<Forwarder> {
    const { type, folder } = options.settings.journal;
    const path = type === 'disk' ? join(folder, 'destinations.json') : undefined;
    return new Forwarder(options, await DestinationRecord.read(path));
  }

  /**
   * Resolves when every journal is open, or when it was stopped before. Rejects when a journal is in use, or a source
   * refuses the first connect. `takeover`: waits for journals that another process has, and listens meanwhile.
   */
  async start({ takeover }: { readonly takeover: boolean }): Promise<void> {
    const started = this.#sources.start(this.#settings, takeover);
    await Promise.race([started, this.#sources.refused, this.#stopping.promise]);
    if (this.#state === 'starting') this.#state = 'running';
    else started.catch(() => {}); // It was stopped meanwhile.
  }

  /** Whether every stream is heard within the time. */
  async heard(timeoutMs: number): Promise<boolean> {
    return this.#sources.heard(timeoutMs);
  }

  /** Resolves when the program is told to stop. Rejects when a source refuses the first connect. */
  async stopped(): Promise<{ readonly drain: boolean }> {
    return Promise.race([this.#stopping.promise, this.#sources.refused]);
  }

  async stop({ drain }: { readonly drain: boolean }): Promise<void> {
    this.#state = 'stopping';
    this.#stopping.resolve({ drain });
  }

  /** Ends everything within the deadline of the settings. Resolves to what is left in the journals, by source. */
  async close({ drain }: { readonly drain: boolean }): Promise<Readonly<Record<string, StopReport>>> {
    this.#state = 'stopping';
    await this.#changing;
    const reports = await this.#sources.stop({ drain, deadlineMs: this.#settings.server.stopDeadlineMs });
    this.#state = 'stopped';
    return reports;
  }

  async status(): Promise<ForwarderStatus> {
    return this.statusNow();
  }

  statusNow(): ForwarderStatus {
    return {
      version: VERSION,
      pid: process.pid,
      started_at: this.#startedAt.toISOString(),
      state: this.#state,
      settings: this.#told,
      sources: this.#sources.status(),
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
        this.#options.onReloaded(next);
        this.#logger.info(`the settings were read again; ${tellReload(report)}`);
        for (const [name, discarded] of Object.entries(report.discarded)) {
          this.#logger.warn(`${name}: ${discarded} event(s) that waited for it are discarded`, { discarded });
        }
        return report;
      } catch (error) {
        if (!(error instanceof SettingsError) && !(error instanceof CommandFailure)) throw error;
        this.#told = { ...this.#told, reloads: { ...reloads, rejected: reloads.rejected + 1 }, problem: error.message };
        if (error instanceof SettingsError) this.#options.onRejected(error.files);
        this.#logger.error(`the settings were not taken, the running ones stay: ${error.message}`);
        throw new CommandFailure(`not taken, the running settings stay: ${error.message}`, EXIT.settings);
      }
    });
  }

  async switchOn(name: string, { from }: { readonly from: 'head' | 'oldest' }): Promise<SwitchReport> {
    return this.#inTurn(async () => {
      const { enabled } = this.#destination(name);
      if (!enabled) throw new CommandFailure(`${name} has "enabled: false" in ${this.#settings.file}: change it there`);
      if (!this.#record.isOff(name)) return { changed: false, discarded: 0 };
      await this.#record.setOff(name, false);
      const destinations = this.#settings.destinations.map((each) => (each.name === name ? { ...each, from } : each));
      await this.#sources.applyDestinations({ ...this.#settings, destinations });
      this.#logger.info(`${name}: switched on${from === 'oldest' ? ', with what the journal keeps' : ''}`);
      return { changed: true, discarded: 0 };
    });
  }

  async switchOff(name: string): Promise<SwitchReport> {
    return this.#inTurn(async () => {
      const { enabled } = this.#destination(name);
      if (!enabled || this.#record.isOff(name)) return { changed: false, discarded: 0 };
      await this.#record.setOff(name, true);
      const discarded = (await this.#sources.applyDestinations(this.#settings)).get(name) ?? 0;
      this.#logger.warn(`${name}: switched off; ${discarded} event(s) that waited for it are discarded`, { discarded });
      return { changed: true, discarded };
    });
  }

  async retryDeadLetters(source: string, numbers: readonly number[]): Promise<RedeliveryReport> {
    return this.#sources.get(source).deadLetters.retry(numbers);
  }

  async dropDeadLetters(source: string, numbers: readonly number[]): Promise<DropReport> {
    const dropped = await this.#sources.get(source).deadLetters.remove(numbers);
    this.#logger.warn(`${dropped} dead letter(s) of ${source} were dropped by command`, { source, dropped });
    return { dropped };
  }

  async #apply(next: Settings): Promise<ReloadReport> {
    const before = this.#settings;
    const change = settingsChange(before, next);
    const { type, folder } = before.journal;
    const { server, metrics } = before;
    const settings: Settings = { ...next, journal: { ...next.journal, type, folder }, server, metrics };
    // What may fail comes first: a source that refuses its key leaves everything as it is.
    await this.#sources.replace([...change.addedSources, ...change.replacedSources], settings);
    for (const { name } of change.removedSources) {
      await this.#sources.remove(name, { deadlineMs: server.stopDeadlineMs });
      this.#logger.warn(`${name}: this source is no longer listened to; its journal stays in ${folder}`);
    }
    for (const { name, apiKey } of change.newKeys) await this.#sources.changeKey(name, apiKey);
    this.#settings = settings;
    return reloadReport(before, next, change, await this.#sources.applyDestinations(settings));
  }

  #destination(name: string): DestinationSettings {
    const found = this.#settings.destinations.find((each) => each.name === name);
    if (found !== undefined) return found;
    const names = this.#settings.destinations.map((each) => each.name).join(', ');
    throw new CommandFailure(`there is no destination "${name}"; there are ${names}`, EXIT.usage);
  }

  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.#changing.then(() => {
      if (this.#state === 'running') return change();
      throw new CommandFailure(`the forwarder is ${this.#state}`, EXIT.unavailable);
    });
    this.#changing = changed.catch(() => {}); // Told to whoever asked for it.
    return changed;
  }
}
