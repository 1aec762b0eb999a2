import { GrantexError, type Takeover } from '@grantex/core';
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Ballast } from './ballast.js';
import { JournalDatabase } from './journal-database.js';
import { openDatabase, openSalvaged, type OpenedDatabase } from './open-database.js';
import type { ResolvedOptions } from './options.js';
import { isDamage, isDiskFull, isForbidden } from './sqlite-error.js';
import { WriterLock } from './writer-lock.js';

/** The journal's file, locked and open, with what helps when the disk is full or has damaged it. */
export class JournalFile {
  readonly #options: ResolvedOptions;
  readonly #path: string;
  readonly #lock: WriterLock;
  readonly #ballast: Ballast;
  readonly database: JournalDatabase;
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

  close(): void {
    this.database.close();
    this.#lock[Symbol.dispose]();
  }

  #replace(): void {
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
