import { GrantexError, type Takeover } from '@grantex/core';
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Ballast } from './ballast.js';
import { Checkpointer } from './checkpointer.js';
import { JournalDatabase } from './journal-database.js';
import { LogSync } from './log-sync.js';
import { openDatabase, openSalvaged, type OpenedDatabase } from './open-database.js';
import type { ResolvedOptions } from './options.js';
import { isDamage, isDiskFull, isForbidden } from './sqlite-error.js';
import { WriterLock } from './writer-lock.js';

/** Bytes of the log from which on it is written back into the database. */
const LONG_LOG = 4_194_304;

/** The journal's file, locked and open, with what helps when the disk is full or has damaged it. */
export class JournalFile {
  readonly #options: ResolvedOptions;
  readonly #path: string;
  readonly #lock: WriterLock;
  readonly #ballast: Ballast;
  readonly database: JournalDatabase;
  readonly #log: LogSync;
  readonly #checkpointer: Checkpointer;
  /** A sync has failed, so what is in the log may never get to the disk. */
  #isLogDoubtful = false;
  /** Rises when the file is replaced. */
  #generation = 0;
  /** The file was replaced by what could be salvaged of it, so some of it may be missing. */
  #wasSalvaged = false;
  #isDiskFull = false;
  /** Called when the file was replaced while it was open. */
  onReplaced: () => void = () => {};

  private constructor(options: ResolvedOptions, path: string, lock: WriterLock, opened: OpenedDatabase) {
    this.#options = options;
    this.#path = path;
    this.#lock = lock;
    this.#ballast = new Ballast(path, options.ballastBytes);
    this.database = new JournalDatabase(opened.database);
    this.#log = new LogSync(path);
    this.#checkpointer = new Checkpointer(path);
    this.#noteSalvage(opened);
    this.#isDiskFull = !this.#ballast.restore();
    if (this.#isDiskFull) this.#warnOfFullDisk();
  }

  /** Rejects with `JOURNAL_LOCKED` or `JOURNAL_UNUSABLE`. */
  static async open(options: ResolvedOptions, takeover?: Takeover): Promise<JournalFile> {
    let path = options.path;
    let lock: WriterLock | undefined;
    let wasJournal = true;
    try {
      path = wherePathLeads(options.path);
      wasJournal = existsSync(`${path}-lock`) || existsSync(`${path}-ballast`);
      lock = await WriterLock.take(path, options.clock, takeover);
      return new JournalFile(options, path, lock, openDatabase(path, options.clock.now(), wasJournal));
    } catch (error) {
      // A lock file is a sign that a journal was here: not so beside a file that is something else.
      if (!wasJournal && lock !== undefined) rmSync(`${path}-lock`, { force: true });
      lock?.[Symbol.dispose]();
      if (!isForbidden(error)) throw error;
      throw new GrantexError('JOURNAL_UNUSABLE', `${path} cannot be opened for writing: look at its owner and mode`, {
        cause: error,
      });
    }
  }

  get wasSalvaged(): boolean {
    return this.#wasSalvaged;
  }

  /** Nothing is appended until there is room on the disk again. */
  get isDiskFull(): boolean {
    return this.#isDiskFull;
  }

  /**
   * Does the work. When the disk is full the ballast is let go, and when the file is damaged it is replaced by what can be
   * salvaged of it: the work is then done once more, so it must change nothing in memory before it has worked.
   */
  attempt<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      if (isDiskFull(error)) this.#letBallastGo();
      else if (isDamage(error)) this.#replace();
      else throw error;
      return work();
    }
  }

  /** The same for what needs more room: the ballast is not for this. */
  attemptToGrow<Value>(work: () => Value): Value {
    try {
      return this.attempt(() => {
        if (this.#isDiskFull) throw this.#fullDisk();
        return work();
      });
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#letBallastGo();
      throw this.#fullDisk(error);
    }
  }

  /**
   * Does work that needs more room, an `ordered` transaction, and resolves when it is on the disk, without waiting for that in
   * the event loop. Rejects when it is not known to be on the disk: it is then to be done once more.
   */
  async attemptDurably<Value>(work: () => Value): Promise<Value> {
    if (this.#isLogDoubtful) this.#writeLogBack();
    const value = this.attemptToGrow(work);
    const generation = this.#generation;
    try {
      await this.#log.sync();
    } catch (error) {
      this.#isLogDoubtful = true;
      if (!isDiskFull(error)) throw error;
      this.#letBallastGo();
      throw this.#fullDisk(error);
    }
    if (generation !== this.#generation) throw new GrantexError('JOURNAL_UNUSABLE', `${this.#path} was just repaired`);
    return value;
  }

  /** Settles when the log is not being written back any more, which nobody should disturb; undefined when it is not. */
  get writingBack(): Promise<unknown> | undefined {
    return this.#checkpointer.running;
  }

  /** Writes the log back when it is long. To be called when nothing is appended until it resolves. */
  async keepLogShort(): Promise<void> {
    if (this.database.logBytes < LONG_LOG) return;
    const isComplete = await this.#checkpointer.run();
    // A reader may keep it from being all; then it is not tried with every append.
    this.database.logBytes = isComplete ? 0 : LONG_LOG / 2;
  }

  /** Looks whether there is room on the disk again. To be called after something was freed. */
  relieve(): void {
    if (!this.#isDiskFull) return;
    this.attempt(() => {
      this.database.shrink();
      this.database.checkpoint();
    });
    if (!this.#ballast.restore()) return;
    this.#isDiskFull = false;
    this.#options.logger.info(`journal: there is room on the disk of ${this.#path} again`);
  }

  async close(): Promise<void> {
    await this.#checkpointer.close();
    this.#log.close();
    this.database.close();
    this.#lock[Symbol.dispose]();
  }

  /** With syncs of its own. What cannot be brought to the disk now either is an exception. */
  #writeLogBack(): void {
    this.#checkpointer.waitUntilIdle();
    if (!this.database.checkpoint()) throw new GrantexError('JOURNAL_UNUSABLE', `${this.#path}: a sync has failed`);
    this.#isLogDoubtful = false;
  }

  #replace(): void {
    this.#checkpointer.waitUntilIdle();
    this.#log.close();
    this.#generation++;
    this.database.close();
    const opened = openSalvaged(this.#path, this.#options.clock.now());
    this.database.replace(opened.database);
    this.#noteSalvage(opened);
    this.onReplaced();
  }

  #noteSalvage({ damagedPath }: OpenedDatabase): void {
    if (damagedPath === undefined) return;
    this.#wasSalvaged = true;
    this.#options.logger.error(
      `journal: ${this.#path} was damaged; what could be read of it is in a new file, and the damaged one is ${damagedPath}`,
    );
  }

  #letBallastGo(): void {
    this.#ballast.release();
    this.#checkpointer.waitUntilIdle();
    try {
      this.database.checkpoint(); // The log would take of the room that there is now.
    } catch (error) {
      if (!isDiskFull(error)) throw error;
    }
    if (!this.#isDiskFull) this.#warnOfFullDisk();
    this.#isDiskFull = true;
  }

  #warnOfFullDisk(): void {
    this.#options.logger.warn(`journal: the disk of ${this.#path} is full; nothing is appended until there is room`);
  }

  #fullDisk(cause?: unknown): GrantexError {
    return new GrantexError('JOURNAL_UNUSABLE', `the disk of ${this.#path} is full`, { cause });
  }
}

/** Without links, so that one file has one lock. Makes the folder. */
function wherePathLeads(given: string): string {
  const path = resolve(given);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path));
}
