import { GrantexError, type Clock, type Takeover } from '@grantex/core';
import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { AppendedIds } from './appended-ids.js';
import { isBusy, isNotADatabase } from './sqlite-error.js';

/** How often a lock that another process holds is tried. */
const POLL_MS = 50;

/**
 * One writer a journal. The lock is an exclusive transaction on an empty database beside the journal: the operating
 * system ends it with the process, however that ends.
 */
export class WriterLock implements Disposable {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Rejects with `JOURNAL_LOCKED`, or waits when there is a `takeover`. */
  static async take(path: string, clock: Clock, takeover?: Takeover): Promise<WriterLock> {
    const first = WriterLock.#try(path);
    if (first !== undefined) return first;
    if (takeover === undefined) {
      throw new GrantexError('JOURNAL_LOCKED', `${path} is in use by another process, which holds ${path}-lock`);
    }
    using appended = new AppendedIds(path);
    for (;;) {
      const ids = appended.next();
      if (ids.length > 0) takeover.onAppended(ids);
      await clock.sleep(POLL_MS, takeover.signal);
      const lock = WriterLock.#try(path);
      if (lock !== undefined) return lock;
    }
  }

  static #try(path: string): WriterLock | undefined {
    const file = `${path}-lock`;
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec('BEGIN EXCLUSIVE');
      return new WriterLock(database);
    } catch (error) {
      database.close();
      if (isBusy(error)) return undefined;
      // Nothing is ever written into it, so what stands there is of no use.
      if (!isNotADatabase(error)) throw error;
      rmSync(file, { force: true });
      return WriterLock.#try(path);
    }
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }
}
