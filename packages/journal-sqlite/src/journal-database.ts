import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PAGE_BYTES } from './layout.js';

/**
 * What a transaction promises at its end. `synced`: it is on the disk. `ordered`: a crash of the process does not undo it; a
 * power cut may, together with everything after it.
 */
export type Durability = 'synced' | 'ordered';

/** The open database: statements that are prepared once, and transactions. */
export class JournalDatabase {
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #durability: Durability | undefined;
  #fixedPages = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.replace(database);
  }

  /** Goes on with another file. */
  replace(database: DatabaseSync): void {
    this.#database = database;
    this.#statements.clear();
    this.#durability = undefined;
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

  /** All of the work or nothing. */
  transaction<Value>(durability: Durability, work: () => Value): Value {
    if (this.#durability !== durability) {
      this.#database.exec(durability === 'synced' ? 'PRAGMA synchronous=FULL' : 'PRAGMA synchronous=NORMAL');
      this.#durability = durability;
    }
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#database.exec('COMMIT');
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Bytes of the pages in use, beyond those of an empty journal. */
  get usedBytes(): number {
    const pages = this.#number('PRAGMA page_count', 'page_count') - this.freePages;
    return Math.max(0, pages - this.#fixedPages) * PAGE_BYTES;
  }

  /** Pages of the file that hold nothing. */
  get freePages(): number {
    return this.#number('PRAGMA freelist_count', 'freelist_count');
  }

  /** Gives up to 64 free pages back to the disk. */
  shrink(): void {
    this.statement('PRAGMA incremental_vacuum(64)').all();
  }

  /** Writes the log into the database and empties it, as far as readers let it. */
  checkpoint(): void {
    this.statement('PRAGMA wal_checkpoint(TRUNCATE)').all();
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #number(sql: string, column: string): number {
    return Number(this.statement(sql).get()?.[column]);
  }
}
