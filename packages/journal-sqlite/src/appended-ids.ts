import { DatabaseSync } from 'node:sqlite';
import { decodeIds } from './group-row.js';

const NEWEST = 'SELECT max(first) AS first FROM groups';
const AFTER = 'SELECT first, count, at, ids_crc, ids FROM groups WHERE first > ? ORDER BY first LIMIT 256';

/** The ids that another process appends, as they come. */
export class AppendedIds implements Disposable {
  readonly #path: string;
  #database: DatabaseSync | undefined;
  #after: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Those since the last call; at the first one: none. */
  next(): readonly string[] {
    try {
      this.#database ??= new DatabaseSync(this.#path, { readOnly: true, timeout: 100 });
      if (this.#after === undefined) {
        this.#after = Number(this.#database.prepare(NEWEST).get()?.['first'] ?? 0);
        return [];
      }
      const ids: string[] = [];
      for (const row of this.#database.prepare(AFTER).all(this.#after)) {
        ids.push(...(decodeIds(row) ?? []));
        this.#after = Number(row['first']);
      }
      return ids;
    } catch {
      // The other one is still making the file, or repairs it. What is missed here is among the ids that `open` reads.
      this[Symbol.dispose]();
      return [];
    }
  }

  [Symbol.dispose](): void {
    if (this.#database?.isOpen === true) this.#database.close();
    this.#database = undefined;
  }
}
