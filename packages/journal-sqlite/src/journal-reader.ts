import type { DeadLetter, DeadLetterQuery, Gap, OpenBatch, Overrun, PositionRange, Receipt } from '@grantex/core';
import type { DatabaseSync } from 'node:sqlite';
import { unsealRow } from './checked-row.js';
import { decodeGroup, decodeIds } from './group-row.js';
import { JournalDatabase } from './journal-database.js';
import { summarize, type JournalSummary } from './journal-summary.js';
import { readState } from './journal-state.js';
import { loadJournal } from './load-journal.js';
import { openForReading, readLayoutVersion, tellReadError } from './open-for-reading.js';
import { verifyJournal, type JournalDamage, type VerifyProgress } from './verify-journal.js';

const FROM = 'SELECT first, count, at, ids_crc, crc, ids, texts FROM groups WHERE first > ? ORDER BY first LIMIT 1';
const START = 'SELECT max(first) AS first FROM groups WHERE first <= ?';
const ONE = 'SELECT first, count, at, ids_crc, crc, ids, texts FROM groups WHERE first = ?';
const IDS_BELOW = 'SELECT first, count, at, ids_crc, ids FROM groups WHERE first < ? ORDER BY first DESC LIMIT 256';
const EARLIER_BELOW =
  'SELECT first, count, at, ids_crc, ids FROM earlier_ids WHERE first < ? ORDER BY first DESC LIMIT 256';
const OLDEST = 'SELECT first, at FROM groups ORDER BY first LIMIT 1';
const OLDEST_EARLIER = 'SELECT first, at FROM earlier_ids ORDER BY first LIMIT 1';
const RECEIPTS = 'SELECT crc, value FROM receipts WHERE last >= ? ORDER BY number';
const LETTERS = 'SELECT number, crc, value FROM dead_letters WHERE number > ? ORDER BY number';
const LETTER = 'SELECT number, crc, value FROM dead_letters WHERE number = ?';
/** The text is searched for the id before it is parsed. */
const LETTERS_OF = 'SELECT number, crc, value FROM dead_letters WHERE instr(value, ?) > 0 ORDER BY number';
const GAPS = 'SELECT number, crc, value FROM gaps ORDER BY number';
const OVERRUNS = 'SELECT number, crc, value FROM overruns ORDER BY number';

type Row = Readonly<Record<string, unknown>>;

/** Where an event stands, or stood, and since when. */
export interface StoredPlace {
  readonly position: number;
  /** When it was appended. Unix epoch, milliseconds. */
  readonly appendedAt: number;
}

/** An event as it is in the file. */
export interface StoredEvent extends StoredPlace {
  readonly id: string;
  /** The JSON as it came. */
  readonly text: string;
}

/** Like {@link StoredEvent}, where `text` is undefined when it is damaged. */
export interface FoundEvent extends StoredPlace {
  readonly id: string;
  readonly text: string | undefined;
}

/** How far one destination is. */
export interface StoredCursor {
  readonly name: string;
  /** Every event below this position is settled. */
  readonly below: number;
  /** Settled above it. */
  readonly ranges: readonly PositionRange[];
  readonly open: readonly OpenBatch[];
}

/** A receipt, with the destination that it is of. */
export interface StoredReceipt extends Receipt {
  /** The name of the cursor whose events were settled: the destination's. */
  readonly cursor: string;
}

/**
 * Looks into a journal, also while another process writes it: takes no lock and changes nothing. Every method throws
 * `JOURNAL_UNUSABLE` when the file's structure is broken; rows that are damaged are passed over.
 */
export class JournalReader implements Disposable {
  readonly #path: string;
  readonly #connection: DatabaseSync;
  readonly #database: JournalDatabase;

  /** Throws `JOURNAL_UNUSABLE` when there is no such file, it is no journal, or one of a later version. */
  constructor(path: string) {
    this.#path = path;
    this.#connection = openForReading(path);
    this.#database = this.#read(() => new JournalDatabase(this.#connection));
  }

  /** The events from a position on, oldest first. Damaged ones are passed over. */
  *events(from = 1): Generator<StoredEvent> {
    const start = this.#read(() => this.#get(START, from)?.['first']);
    for (let after = typeof start === 'number' ? start - 1 : from - 1; ;) {
      const row = this.#read(() => this.#get(FROM, after));
      if (row === undefined) return;
      after = Number(row['first']);
      for (const { position, id, text } of decodeGroup(row)?.records ?? []) {
        if (position >= from) yield { position, id, text, appendedAt: Number(row['at']) };
      }
    }
  }

  /** An event that the journal keeps; the newest one of this id. */
  find(id: string): FoundEvent | undefined {
    return this.#read(() => {
      const place = this.#findId(IDS_BELOW, id);
      const row = place && this.#get(ONE, place.first);
      if (place === undefined || row === undefined) return undefined; // Deleted a moment ago.
      const { position, appendedAt } = place;
      return { id, position, appendedAt, text: decodeGroup(row)?.records[position - place.first]?.text };
    });
  }

  /** An event that was deleted, while its id is remembered. */
  findEarlier(id: string): StoredPlace | undefined {
    const place = this.#read(() => this.#findId(EARLIER_BELOW, id));
    return place && { position: place.position, appendedAt: place.appendedAt };
  }

  /** The requests with which the event of this position was settled, oldest first. They go together with the event. */
  receipts(position: number): readonly StoredReceipt[] {
    return this.#read(() => {
      const found: StoredReceipt[] = [];
      for (const row of this.#database.statement(RECEIPTS).iterate(position)) {
        const receipt = unsealRow<StoredReceipt>('', row);
        if (receipt?.ranges.some(([first, last]) => first <= position && position <= last) === true)
          found.push(receipt);
      }
      return found;
    });
  }

  /** The position of the newest event; 0 when there was none yet. */
  head(): number {
    return this.#read(() => loadJournal(this.#database, []).head);
  }

  /** The oldest event that is kept. */
  oldest(): StoredPlace | undefined {
    return this.#place(OLDEST);
  }

  /** The oldest event whose id is remembered, kept or not. */
  oldestRemembered(): StoredPlace | undefined {
    const [earlier, kept] = [this.#place(OLDEST_EARLIER), this.oldest()];
    return earlier !== undefined && (kept === undefined || earlier.position < kept.position) ? earlier : kept;
  }

  /** Up to when the stream was heard, as it was noted last. Unix epoch, milliseconds. */
  heardUntil(): number | undefined {
    return this.#read(() => readState(this.#database, 'progress')?.heardUntil);
  }

  /** Everything but the events, as it was at one moment. */
  summary(): JournalSummary {
    return this.#read(() => {
      this.#connection.exec('BEGIN');
      try {
        return summarize(this.#database, readLayoutVersion(this.#connection));
      } finally {
        this.#connection.exec('ROLLBACK');
      }
    });
  }

  /**
   * Reads every row and checks it. Yields how far it is; returns what is damaged. A process that writes meanwhile is not held
   * up. To be run to its end.
   */
  *verify(): Generator<VerifyProgress, JournalDamage> {
    try {
      return yield* verifyJournal(this.#database);
    } catch (error) {
      throw tellReadError(error, this.#path);
    }
  }

  cursors(): readonly StoredCursor[] {
    const rows = this.#read(() => this.#database.statement('SELECT name, crc, value FROM cursors').all());
    return rows.flatMap((row) => {
      const stored = unsealRow<Omit<StoredCursor, 'name'>>(row['name'], row);
      return stored === undefined ? [] : [{ name: String(row['name']), ...stored }];
    });
  }

  /** Oldest first. Without a `limit` all of them, which may be 64 MiB. */
  deadLetters({ after = 0, destination, limit = Infinity }: DeadLetterQuery = {}): readonly DeadLetter[] {
    const found: DeadLetter[] = [];
    for (const letter of this.#letters(LETTERS, after)) {
      if (found.length >= limit) break;
      if (destination === undefined || letter.destination === destination) found.push(letter);
    }
    return found;
  }

  /** The numbers of the dead letters, oldest first, each with its destination: without their texts. */
  deadLetterNumbers(): readonly Pick<DeadLetter, 'number' | 'destination'>[] {
    return Array.from(this.#letters(LETTERS, 0), ({ number, destination }) => ({ number, destination }));
  }

  deadLetter(number: number): DeadLetter | undefined {
    return unsealRow<DeadLetter>(
      number,
      this.#read(() => this.#get(LETTER, number)),
    );
  }

  /** The dead letters of an event: one for each destination that did not take it. */
  deadLettersOf(eventId: string): readonly DeadLetter[] {
    return [...this.#letters(LETTERS_OF, JSON.stringify(eventId))].filter((letter) => letter.eventId === eventId);
  }

  gaps(): readonly Gap[] {
    return this.#sealed<Gap>(GAPS);
  }

  overruns(): readonly Overrun[] {
    return this.#sealed<Overrun>(OVERRUNS);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  *#letters(sql: string, value: string | number): Generator<DeadLetter> {
    try {
      for (const row of this.#database.statement(sql).iterate(value)) {
        const letter = unsealRow<DeadLetter>(row['number'], row);
        if (letter !== undefined) yield letter;
      }
    } catch (error) {
      throw tellReadError(error, this.#path);
    }
  }

  /** Newest first. A piece at a time, so that no transaction is held open for long. */
  #findId(sql: string, id: string): (StoredPlace & { readonly first: number }) | undefined {
    const written = JSON.stringify(id);
    for (let below = Number.MAX_SAFE_INTEGER; ;) {
      const rows = this.#database.statement(sql).all(below);
      for (const row of rows) {
        below = Number(row['first']);
        if (typeof row['ids'] !== 'string' || !row['ids'].includes(written)) continue;
        const index = decodeIds(row)?.indexOf(id) ?? -1;
        if (index !== -1) return { first: below, position: below + index, appendedAt: Number(row['at']) };
      }
      if (rows.length === 0) return undefined;
    }
  }

  #place(sql: string): StoredPlace | undefined {
    const row = this.#read(() => this.#get(sql));
    return row && { position: Number(row['first']), appendedAt: Number(row['at']) };
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- What is stored in a table is known to the caller.
  #sealed<Value>(sql: string): readonly Value[] {
    const rows = this.#read(() => this.#database.statement(sql).all());
    return rows.flatMap((row) => unsealRow<Value>(row['number'], row) ?? []);
  }

  #get(sql: string, ...values: readonly number[]): Row | undefined {
    return this.#database.statement(sql).get(...values);
  }

  #read<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw tellReadError(error, this.#path);
    }
  }
}
