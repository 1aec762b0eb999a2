import { EventSource, silentLogger, type Overrun } from '@grantex/core';
import { ManualClock } from '@grantex/testing';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SqliteJournal } from '../crash/sqlite.ts';
import { DayStream } from './day-stream.ts';
import { HealthyDestination, WatchedDatadog } from './destinations.ts';
import { DiskAccount } from './disk-account.ts';
import type { IntakeReport } from './intake-worker.ts';
import { Intake } from './intake.ts';
import { measureMemory, type Memory } from './memory.ts';

export interface DayOptions {
  /** Events of one group: they come together. */
  readonly group: number;
  /** Milliseconds between two groups. */
  readonly everyMs: number;
  readonly maxBytes: number;
  readonly maxEventsPerSecond: number;
  readonly batchSize: number;
  /** Upper end of Datadog's delays between attempts, in milliseconds. */
  readonly mostBackoffMs: number;
  readonly onProgress?: (line: string) => void;
}

/** The journal and the process at one moment. */
interface Measured extends Memory {
  /** Virtual hours since the start. */
  readonly hour: number;
  /** Events so far. */
  readonly published: number;
  /** Of pages in use, beyond those of an empty journal. */
  readonly journalBytes: number;
  readonly fileBytes: number;
  /** Events that Datadog has not taken. */
  readonly lag: number;
}

export interface DayResult {
  readonly published: number;
  /** Now and then, in the outage and while catching up. */
  readonly during: readonly Measured[];
  /** At the end of the outage. */
  readonly full: Measured;
  /** When everything had been caught up with. */
  readonly caughtUp: Measured;
  /** Two hours after that, when the last of it needs to be kept no longer. */
  readonly after: Measured;
  /** What the events of the outage take by SQLite's own arithmetic. */
  readonly computedBytes: number;
  /** Virtual seconds from the end of the outage until Datadog had everything. */
  readonly catchUpSeconds: number;
  /** Events that the healthy one had not taken by the end of any step. */
  readonly healthyMostLag: number;
  readonly healthy: HealthyDestination;
  readonly datadog: WatchedDatadog;
  readonly intake: IntakeReport;
  readonly overruns: readonly Overrun[];
  readonly overrun: number;
  readonly deadLetters: number;
  readonly lost: number;
}

/** Real time: who takes longer is told to be late. */
const LONGEST_WRITE_MS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Events are kept for an hour after everybody has them; then they go bit by bit. */
const AFTERWARDS_MS = 2 * HOUR_MS;

/** Datadog cannot be reached for a day of virtual time, then it can: the real source, journal and destination. */
export async function runDeadDay(options: DayOptions): Promise<DayResult> {
  await using intake = await Intake.start();
  using folder = new Folder();
  const day = new Day(options, intake, folder.path('events.db'));
  return await day.run();
}

class Day {
  readonly #options: DayOptions;
  readonly #intake: Intake;
  readonly #path: string;
  readonly #clock = new ManualClock();
  readonly #startedAt = this.#clock.now();
  readonly #stream = new DayStream();
  readonly #account = new DiskAccount();
  readonly #journal: SqliteJournal;
  readonly #source: EventSource;
  readonly #datadog: WatchedDatadog;
  readonly #healthy: HealthyDestination;
  #healthyMostLag = 0;

  constructor(options: DayOptions, intake: Intake, path: string) {
    this.#options = options;
    this.#intake = intake;
    this.#path = path;
    const { maxBytes, maxEventsPerSecond, batchSize, group, mostBackoffMs } = options;
    const retry = { maxMs: mostBackoffMs };
    const [clock, logger] = [this.#clock, silentLogger];
    this.#journal = new SqliteJournal({ path, maxBytes, clock });
    const { dispatcher } = this.#stream;
    const url = 'https://events.example';
    this.#source = new EventSource({
      url,
      apiKey: 'gx_test_0123456789',
      journal: this.#journal,
      clock,
      logger,
      dispatcher,
    });
    this.#healthy = new HealthyDestination({ batchSize: group, clock, logger });
    const { url: endpoint } = intake;
    this.#datadog = new WatchedDatadog(
      { apiKey: 'dd-test-key', endpoint, batchSize, maxEventsPerSecond, retry, clock, logger },
      intake,
    );
    this.#source.addDestination(this.#datadog).addDestination(this.#healthy);
  }

  async run(): Promise<DayResult> {
    await this.#intake.down();
    const running = this.#source.start();
    running.catch(() => {}); // Told below.
    await this.#clock.settle();
    const end = this.#startedAt + DAY_MS;
    const away = await this.#until(() => this.#clock.now() >= end, HOUR_MS, 'away');
    const computedBytes = this.#account.bytes;
    const full = this.#measure();
    this.#tell('the outage ends', full);
    await this.#intake.up();
    const upAt = this.#clock.now();
    const catchingUp = await this.#until(() => this.#lag <= this.#options.group, HOUR_MS / 4, 'catching up');
    const catchUpSeconds = (this.#clock.now() - upAt) / 1_000;
    const caughtUp = this.#measure();
    this.#tell('caught up', caughtUp);
    const afterwards = this.#clock.now() + AFTERWARDS_MS;
    await this.#until(() => this.#clock.now() >= afterwards, HOUR_MS, 'afterwards');
    const after = this.#measure();
    this.#tell('two hours later', after);
    const { destinations, journal } = this.#source.stats();
    const { lost } = this.#journal.stats();
    await this.#source.stop();
    await running;
    return {
      published: this.#stream.published,
      during: [...away, ...catchingUp],
      full,
      caughtUp,
      after,
      computedBytes,
      catchUpSeconds,
      healthyMostLag: this.#healthyMostLag,
      healthy: this.#healthy,
      datadog: this.#datadog,
      intake: await this.#intake.report(),
      overruns: journal.overruns,
      overrun: destinations['datadog']?.overrun ?? 0,
      deadLetters: journal.deadLetters,
      lost,
    };
  }

  /** Lets time pass, with a measurement now and then. */
  async #until(isDone: () => boolean, everyMs: number, what: string): Promise<readonly Measured[]> {
    const measured: Measured[] = [];
    for (let next = this.#clock.now() + everyMs; !isDone();) {
      await this.#step();
      if (this.#clock.now() < next) continue;
      next += everyMs;
      const now = this.#measure();
      measured.push(now);
      this.#tell(what, now);
    }
    return measured;
  }

  /** One group is published, and time passes until the next one. */
  async #step(): Promise<void> {
    const { group, everyMs } = this.#options;
    const now = this.#clock.now();
    this.#account.add(this.#stream.publish(group, now));
    await this.#clock.settle();
    await this.#writing();
    await this.#advanceTo(now + everyMs);
    this.#healthyMostLag = Math.max(this.#healthyMostLag, this.#healthyLag);
  }

  /** The disk takes its real time: until the group is written and the healthy one has it, the clock stands still. */
  async #writing(): Promise<void> {
    const patience = performance.now() + LONGEST_WRITE_MS;
    const isWritten = (): boolean => this.#source.stats().received === this.#stream.published && this.#healthyLag === 0;
    while (!isWritten() && performance.now() < patience) await nextTurn();
  }

  get #healthyLag(): number {
    return this.#source.stats().destinations['healthy']?.lag ?? Infinity;
  }

  /** Requests go over real sockets: while one is under way the clock stands still. */
  async #advanceTo(target: number): Promise<void> {
    await this.#clock.settle();
    for (;;) {
      while (this.#datadog.inFlight > 0) {
        await nextTurn();
        if (this.#datadog.inFlight === 0) await this.#clock.settle();
      }
      const { nextAt } = this.#clock.waiting;
      if (nextAt === undefined || nextAt > target) break;
      await this.#clock.runNext();
    }
    await this.#clock.advance(target - this.#clock.now());
  }

  get #lag(): number {
    return this.#source.stats().destinations['datadog']?.lag ?? Infinity;
  }

  #measure(): Measured {
    const hour = (this.#clock.now() - this.#startedAt) / HOUR_MS;
    const { bytes: journalBytes } = this.#journal.stats();
    const { published } = this.#stream;
    return { ...measureMemory(), hour, published, journalBytes, fileBytes: statSync(this.#path).size, lag: this.#lag };
  }

  #tell(what: string, { hour, lag, journalBytes, fileBytes, liveBytes, residentBytes }: Measured): void {
    const line = [
      `hour ${hour.toFixed(1).padStart(4)}  ${what.padEnd(16)} behind ${String(lag).padStart(8)}`,
      `journal ${megabytes(journalBytes)}  file ${megabytes(fileBytes)}`,
      `live ${megabytes(liveBytes)}  resident ${megabytes(residentBytes)}`,
    ];
    this.#options.onProgress?.(line.join('  '));
  }
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1).padStart(7)} MB`;
}

class Folder implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'dead-day-'));

  path(name: string): string {
    return join(this.#folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
