import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PAGE_BYTES } from './layout.js';

/**
 * What a transaction promises at its end. `synced`: it is on the disk, for which the event loop has waited. `ordered`: a crash
 * of the process does not undo it; a power cut may, together with everything after it, until the log is synced.
 */
export type Durability = 'synced' | 'ordered';

/** What a transaction writes to the log, about, beside what is large in it. */
const TRANSACTION_BYTES = 3 * PAGE_BYTES;

/** The open database: statements that are prepared once, and transactions. */
export class JournalDatabase {
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #durability: Durability | undefined;
  /** The log may be a new file, whose name is not on the disk yet. Only SQLite's own sync sees to that. */
  #isLogNew = true;
  #fixedPages = 0;
  /** As far as it is known. */
  #usedBytes: number | undefined;
  /** Bytes that the log has had since somebody set this to 0, about. */
  logBytes = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.replace(database);
  }

  /** Goes on with another file. */
  replace(database: DatabaseSync): void {
    this.#database = database;
    this.#statements.clear();
    this.#durability = undefined;
    this.#isLogNew = true;
    this.#usedBytes = undefined;
    const roots = database.prepare('SELECT count(*) AS count FROM sqlite_schema WHERE rootpage > 0').get();
    // The tables' first pages, that of the schema, and the one that tells where pages are.
    this.#fixedPages = Number(roots?.['count']) + 2;
  }

  /** `sql` is a constant of the program: values are bound. */
  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** All of the work or nothing. `bytes`: what is large in it. */
  transaction<Value>(wanted: Durability, work: () => Value, bytes = 0): Value {
    const durability = this.#isLogNew ? 'synced' : wanted;
    if (this.#durability !== durability) {
      this.#database.exec(durability === 'synced' ? 'PRAGMA synchronous=FULL' : 'PRAGMA synchronous=NORMAL');
      this.#durability = durability;
    }
    this.#usedBytes = undefined;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#database.exec('COMMIT');
      this.#isLogNew = false;
      this.logBytes += TRANSACTION_BYTES + bytes;
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Bytes of the pages in use, beyond those of an empty journal. */
  get usedBytes(): number {
    // Asked several times for each append, and it only changes in transactions.
    if (this.#database.isTransaction) return this.#countUsedBytes();
    this.#usedBytes ??= this.#countUsedBytes();
    return this.#usedBytes;
  }

  #countUsedBytes(): number {
    const pages = this.#number('PRAGMA page_count', 'page_count') - this.freePages;
    return Math.max(0, pages - this.#fixedPages) * PAGE_BYTES;
  }

  /** Pages of the file that hold nothing. */
  get freePages(): number {
    return this.#number('PRAGMA freelist_count', 'freelist_count');
  }

  /** Gives up to 64 free pages back to the disk. */
  shrink(): void {
    this.#usedBytes = undefined;
    this.statement('PRAGMA incremental_vacuum(64)').all();
  }

  /** Writes the log into the database and empties it. False when a reader does not let it. */
  checkpoint(): boolean {
    return Number(this.statement('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy']) === 0;
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #number(sql: string, column: string): number {
    return Number(this.statement(sql).get()?.[column]);
  }
}
