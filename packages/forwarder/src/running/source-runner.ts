import {
  EventSource,
  GrantexError,
  MemoryJournal,
  StreamError,
  type Addition,
  type DeadLetterDesk,
  type EventDestination,
  type Journal,
  type Logger,
  type SourceStats,
  type StopOptions,
  type StopReport,
} from '@grantex/core';
import { JournalReader, SqliteJournal } from '@grantex/journal-sqlite';
import { existsSync } from 'node:fs';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { journalFile } from '../settings/journal-file.js';
import type { DestinationSettings, JournalSettings, SourceSettings } from '../settings/settings.js';
import type { SourceFigures } from '../watching/source-figures.js';
import type { SourceStatus } from '../watching/status.js';
import { destinationsChange } from './destinations-change.js';

/** A request that is under way may take so long when its destination is replaced. */
const DETACH_MS = 10_000;
const SAMPLE_MS = 1_000;

export interface SourceRunnerOptions {
  readonly source: SourceSettings;
  readonly journal: JournalSettings;
  readonly connections: number;
  /** Whether to wait for a journal that another process, or another runner, still has. */
  readonly takeover: boolean;
  readonly logger: Logger;
  readonly figures: SourceFigures;
  /** The type that a destination of this name had in the last run. */
  readonly formerTypeOf: (name: string) => string | undefined;
}

/** Events that were waiting for a destination and will not be sent, by its name. */
export type Discarded = Map<string, number>;

/** One source of the settings as it runs: its journal, its connections, and the destinations that it has at the time. */
export class SourceRunner {
  readonly #options: SourceRunnerOptions;
  readonly #journal: Journal;
  readonly #source: EventSource;
  readonly #figures: SourceFigures;
  readonly #destinations = new Map<string, DestinationSettings>();
  /** Shown as switched off. */
  #off: readonly DestinationSettings[] = [];
  #apiKey: string;
  #running: Promise<void> | undefined;
  #isWaiting = true;
  #sampling: NodeJS.Timeout | undefined;
  readonly #toldFirst = new Set<string>();

  constructor(options: SourceRunnerOptions) {
    const { source, journal, connections, takeover, logger } = options;
    this.#options = options;
    this.#apiKey = source.apiKey;
    this.#journal = openJournal(journal, source.name, logger);
    this.#figures = options.figures;
    this.#source = new EventSource({
      url: source.url,
      apiKey: () => this.#apiKey,
      ...(source.types !== undefined && { types: source.types }),
      transport: source.transport,
      connections,
      ...(source.maxConnectionAgeMs !== undefined && { maxConnectionAgeMs: source.maxConnectionAgeMs }),
      gapEvents: source.gapEvents,
      ...(source.heartbeatMs !== undefined && { heartbeatMs: source.heartbeatMs }),
      allowInsecureHosts: source.allowInsecureHosts,
      journal: this.#journal,
      logger,
      onGap: (gap) => this.#figures.noteGap(gap),
      takeover,
    });
  }

  get name(): string {
    return this.#options.source.name;
  }

  get deadLetters(): DeadLetterDesk {
    return this.#source.deadLetters;
  }

  /**
   * Resolves when the journal is open and events are delivered. Rejects when the first connect is refused for good.
   */
  async start(destinations: readonly DestinationSettings[]): Promise<Discarded> {
    const { logger } = this.#options;
    const discarded: Discarded = new Map();
    const left = this.#leftBehind(destinations);
    // What has to be forgotten first is added when the journal is open.
    const begun = destinations.filter(({ name }) => !left.includes(name));
    for (const each of begun) this.#source.addDestination(make(each, logger), additionOf(each));
    if (begun.length === 0) this.#source.addDestination(NOBODY);
    this.#running = this.#source.start().catch((error: unknown) => {
      throw refusalOf(this.name, error);
    });
    this.#sampling = setInterval(() => this.#sample(), SAMPLE_MS).unref();
    await Promise.race([this.#source.opened(), this.#running]);
    this.#isWaiting = false;
    for (const each of begun) this.#destinations.set(each.name, each);
    for (const name of left) discarded.set(name, await this.#source.forget(name));
    for (const each of destinations) if (left.includes(each.name)) await this.#attach(each, make(each, logger));
    if (begun.length === 0) await this.#forget(NOBODY.name);
    return discarded;
  }

  /** Resolves when the stream is heard. */
  async ready(): Promise<void> {
    await this.#source.ready();
  }

  /** Rejects when the source ends by itself: refused for good at its first connect. Resolves after `stop()`. */
  async ended(): Promise<void> {
    await this.#running;
  }

  /** Replaces what differs: the others do not notice. */
  async apply(destinations: readonly DestinationSettings[]): Promise<Discarded> {
    const { gone, replaced, added } = destinationsChange([...this.#destinations.values()], destinations);
    const discarded: Discarded = new Map();
    // Before anything ends: one that cannot be made leaves everything as it is.
    const made = [...replaced, ...added].map((each) => [each, make(each, this.#options.logger)] as const);
    await Promise.all([...gone, ...replaced].map(({ name }) => this.#detach(name)));
    for (const { name } of gone) {
      discarded.set(name, await this.#source.forget(name));
    }
    for (const [each, destination] of made) await this.#attach(each, destination);
    return discarded;
  }

  /** Which destinations are shown as switched off. */
  showOff(destinations: readonly DestinationSettings[]): void {
    this.#off = destinations;
  }

  /** From now on connections are made with this key. Resolves when the old ones are replaced. */
  async changeKey(apiKey: string): Promise<void> {
    this.#apiKey = apiKey;
    await this.#source.reconnect();
  }

  async stop(options: StopOptions): Promise<StopReport> {
    clearInterval(this.#sampling);
    return this.#source.stop(options);
  }

  status(): SourceStatus {
    const stats: SourceStats & { readonly journal: { readonly isDiskFull?: boolean } } = this.#source.stats();
    const shown = [...this.#off, ...this.#destinations.values()];
    return this.#figures.status(stats, Date.now(), {
      types: Object.fromEntries(shown.map(({ name, type }) => [name, type])),
      off: this.#off.map(({ name }) => name),
      journalType: this.#options.journal.type,
      journalWritable: stats.journal.isDiskFull !== true,
      waitsForJournal: this.#isWaiting,
    });
  }

  async #attach(settings: DestinationSettings, destination: EventDestination): Promise<void> {
    await this.#source.attach(destination, additionOf(settings));
    this.#destinations.set(settings.name, settings);
  }

  /** From here on it counts as one that is not there, so that the next change begins from what is true. */
  async #detach(name: string): Promise<void> {
    this.#destinations.delete(name);
    await this.#source.detach(name, { deadlineMs: DETACH_MS });
  }

  async #forget(name: string): Promise<void> {
    await this.#source.detach(name);
    await this.#source.forget(name);
  }

  #sample(): void {
    const stats = this.#source.stats();
    this.#figures.sample(stats, Date.now());
    this.#tellFirst(`sources.${this.name}: events come`, stats.received);
    for (const [name, { delivered }] of Object.entries(stats.destinations)) {
      this.#tellFirst(`${name}: events are delivered`, delivered);
    }
  }

  /** Whoever has just set it up wants to see that it works. */
  #tellFirst(what: string, count: number): void {
    if (count === 0 || this.#toldFirst.has(what)) return;
    this.#toldFirst.add(what);
    this.#options.logger.info(what);
  }

  /** Cursors of an earlier run that nobody goes on with, or whose destination has become one of another type. */
  #leftBehind(destinations: readonly DestinationSettings[]): readonly string[] {
    const { journal, source, formerTypeOf } = this.#options;
    const file = journalFile(journal, source.name);
    if (journal.type === 'memory' || !existsSync(file)) return [];
    const wanted = new Map(destinations.map(({ name, type }) => [name, type]));
    return cursorsIn(file).filter(
      (name) => !wanted.has(name) || (formerTypeOf(name) ?? wanted.get(name)) !== wanted.get(name),
    );
  }
}

/** Holds a source's place until there is a real destination: a source without any cannot start. */
const NOBODY = {
  name: 'grantex.nobody',
  send: async () => {},
  flush: async () => {},
  close: async () => {},
};

function make({ definition, options, name, type }: DestinationSettings, logger: Logger): EventDestination {
  const destination = definition.from(options, { logger });
  if (destination.name === name) return destination;
  // Cursors, figures and commands go by the name in the file.
  throw new CommandFailure(
    `destinations.${name}: ${type} takes no option "name", so it has to stand under "${destination.name}" in the file`,
    EXIT.settings,
  );
}

function additionOf({ filter, transform, from }: DestinationSettings): Addition {
  return { filter, transform, from };
}

/** The auth service refused the first connect for good. */
function refusalOf(source: string, error: unknown): unknown {
  if (!(error instanceof StreamError)) return error;
  const isKey = error.statusCode === 401 || error.statusCode === 403;
  const why = error.cause instanceof Error ? `, ${error.cause.message}` : '';
  return new CommandFailure(`sources.${source}: ${error.message}${why}`, isKey ? EXIT.unauthorized : EXIT.unavailable);
}

function cursorsIn(file: string): readonly string[] {
  try {
    using reader = new JournalReader(file);
    return reader.cursors().map(({ name }) => name);
  } catch (error) {
    // Damaged, or not finished by a crash: opening it for writing mends it, or tells.
    if (error instanceof GrantexError && error.code === 'JOURNAL_UNUSABLE') return [];
    throw error;
  }
}

function openJournal(settings: JournalSettings, source: string, logger: Logger): Journal {
  const { type, maxBytes, whenFull, retainMs, maxDeadLetters } = settings;
  if (type === 'memory') return new MemoryJournal({ maxBytes, whenFull, maxDeadLetters });
  return new SqliteJournal({
    path: journalFile(settings, source),
    maxBytes,
    whenFull,
    retainMs,
    maxDeadLetters,
    logger,
  });
}
