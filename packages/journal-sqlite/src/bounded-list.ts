import { sealRow, unsealRow } from './checked-row.js';
import type { JournalDatabase } from './journal-database.js';

/** Numbered rows of which the newest are kept: gaps, overruns. */
export class BoundedList<Value> {
  readonly #database: JournalDatabase;
  readonly #sql: { readonly all: string; readonly put: string; readonly cut: string };
  readonly #most: number;
  #lastNumber = 0;

  constructor(database: JournalDatabase, table: 'gaps' | 'overruns', most: number) {
    this.#database = database;
    this.#most = most;
    this.#sql = {
      all: `SELECT number, crc, value FROM ${table} ORDER BY number`,
      put: `INSERT OR REPLACE INTO ${table} (number, crc, value) VALUES (?, ?, ?)`,
      cut: `DELETE FROM ${table} WHERE number <= ?`,
    };
  }

  /** Those that are whole, oldest first. */
  read(): Value[] {
    const values: Value[] = [];
    for (const row of this.#database.statement(this.#sql.all).all()) {
      const value = unsealRow<Value>(row['number'], row);
      this.#lastNumber = Math.max(this.#lastNumber, Number(row['number']));
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** Adds a row, or puts it in the place of the one with this number. Returns its number. */
  put(value: Value, number = this.#lastNumber + 1): number {
    this.#lastNumber = Math.max(this.#lastNumber, number);
    const row = sealRow(number, value);
    this.#database.statement(this.#sql.put).run(number, row.crc, row.value);
    this.#database.statement(this.#sql.cut).run(this.#lastNumber - this.#most);
    return number;
  }
}
