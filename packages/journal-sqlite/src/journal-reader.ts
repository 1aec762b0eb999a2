import type { DeadLetter, Gap, OpenBatch, Overrun, PositionRange } from '@grantex/core';
import { DatabaseSync } from 'node:sqlite';
import { unsealRow } from './checked-row.js';
import { decodeGroup } from './group-row.js';

const FROM = 'SELECT first, count, at, ids_crc, crc, ids, texts FROM groups WHERE first > ? ORDER BY first LIMIT 1';
const START = 'SELECT max(first) AS first FROM groups WHERE first <= ?';

export interface StoredEvent {
  readonly position: number;
  readonly id: string;
  /** The JSON as it came. */
  readonly text: string;
}

export interface StoredCursor {
  readonly name: string;
  /** Every event below this position is settled. */
  readonly below: number;
  /** Settled above it. */
  readonly ranges: readonly PositionRange[];
  readonly open: readonly OpenBatch[];
}

/** Looks into a journal, also while another process writes it: takes no lock and changes nothing. */
export class JournalReader implements Disposable {
  readonly #database: DatabaseSync;

  /** Throws when there is no such file. */
  constructor(path: string) {
    this.#database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  }

  /** The events from a position on, oldest first. Damaged ones are passed over. */
  *events(from = 1): Generator<StoredEvent> {
    const next = this.#database.prepare(FROM);
    const start = this.#database.prepare(START).get(from)?.['first'];
    for (let after = typeof start === 'number' ? start - 1 : from - 1; ;) {
      const row = next.get(after);
      if (row === undefined) return;
      after = Number(row['first']);
      for (const { position, id, text } of decodeGroup(row)?.records ?? []) {
        if (position >= from) yield { position, id, text };
      }
    }
  }

  cursors(): readonly StoredCursor[] {
    const rows = this.#database.prepare('SELECT name, crc, value FROM cursors').all();
    return rows.flatMap((row) => {
      const stored = unsealRow<Omit<StoredCursor, 'name'>>(row['name'], row);
      return stored === undefined ? [] : [{ name: String(row['name']), ...stored }];
    });
  }

  deadLetters(): readonly DeadLetter[] {
    return this.#rows('SELECT number, crc, value FROM dead_letters ORDER BY number').flatMap(
      (row) => unsealRow<DeadLetter>(row['number'], row) ?? [],
    );
  }

  gaps(): readonly Gap[] {
    return this.#rows('SELECT number, crc, value FROM gaps ORDER BY number').flatMap(
      (row) => unsealRow<Gap>(row['number'], row) ?? [],
    );
  }

  overruns(): readonly Overrun[] {
    return this.#rows('SELECT number, crc, value FROM overruns ORDER BY number').flatMap(
      (row) => unsealRow<Overrun>(row['number'], row) ?? [],
    );
  }

  [Symbol.dispose](): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #rows(sql: string): readonly Readonly<Record<string, unknown>>[] {
    return this.#database.prepare(sql).all();
  }
}
