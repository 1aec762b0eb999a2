import {
  GrantexError,
  type DeadLetter,
  type DeadLetterQuery,
  type DeadLetters,
  type NewDeadLetter,
} from '@grantex/core';
import { sealRow, unsealRow } from './checked-row.js';
import type { Durability, JournalDatabase } from './journal-database.js';
import { readState, writeState } from './journal-state.js';

/** Of the dead letters at most this part may be frames that are no events. */
const FRAME_SHARE = 0.1;
const SIZES =
  'SELECT is_frame, count(*) AS count, sum(size) AS bytes, max(number) AS last FROM dead_letters GROUP BY is_frame';
const INSERT = 'INSERT INTO dead_letters (number, is_frame, size, crc, value) VALUES (?, ?, ?, ?, ?)';
const REPLACE = 'UPDATE dead_letters SET size = ?, crc = ?, value = ? WHERE number = ?';
const AFTER = 'SELECT number, crc, value FROM dead_letters WHERE number > ? ORDER BY number';
const ONE = 'SELECT number, crc, value FROM dead_letters WHERE number = ?';
const OLDEST_FRAME = 'SELECT number FROM dead_letters WHERE is_frame = 1 ORDER BY number LIMIT 1';
const DELETE = 'DELETE FROM dead_letters WHERE number = ?';

/** How a call reaches the file: with repair, and with what a full disk asks for. */
export type Attempt = <Value>(work: () => Value) => Value;

interface Sizes {
  readonly count: number;
  readonly bytes: number;
  readonly frames: number;
  readonly frameBytes: number;
}

/** Dead letters in the file: bounded in number and in bytes. */
export class SqliteDeadLetters implements DeadLetters {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  #database: JournalDatabase | undefined;
  #attempt: Attempt = (work) => work();
  #sizes: Sizes = { count: 0, bytes: 0, frames: 0, frameBytes: 0 };
  #lastNumber = 0;

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  /** To be called when the journal is open. */
  attach(database: JournalDatabase, attempt: Attempt): void {
    this.#database = database;
    this.#attempt = attempt;
    const last = this.#measure();
    this.#lastNumber = Math.max(last, readState(database, 'deadLetters')?.lastNumber ?? 0);
  }

  detach(): void {
    this.#database = undefined;
  }

  get size(): number {
    return this.#sizes.count;
  }

  /** Within a transaction: keeps events that were given up, all of them, or throws. Afterwards {@link measure} again. */
  insertAll(letters: readonly NewDeadLetter[]): void {
    const bytes = letters.reduce((sum, letter) => sum + letter.text.length, 0);
    if (this.#sizes.count + letters.length > this.#maxCount || this.#sizes.bytes + bytes > this.#maxBytes) {
      throw new GrantexError(
        'JOURNAL_DEAD_LETTERS_FULL',
        `${this.#sizes.count} dead letters are kept, the most that is allowed: remove some of them`,
      );
    }
    let number = this.#lastNumber;
    for (const letter of letters) this.#insert(letter, ++number, 0);
    writeState(this.#open, 'deadLetters', { lastNumber: number });
  }

  /** The transaction of {@link insertAll} has come to stay. */
  inserted(letters: readonly NewDeadLetter[]): void {
    this.#lastNumber += letters.length;
    const { count, bytes } = this.#sizes;
    this.#sizes = {
      ...this.#sizes,
      count: count + letters.length,
      bytes: letters.reduce((sum, { text }) => sum + text.length, bytes),
    };
  }

  async addFrame(letter: NewDeadLetter): Promise<void> {
    this.#change(() => {
      const number = this.#lastNumber + 1;
      this.#insert(letter, number, 1);
      writeState(this.#open, 'deadLetters', { lastNumber: number });
      let { frames, frameBytes } = this.#sizes;
      frames += 1;
      frameBytes += letter.text.length;
      while (frames > 1 && (frames > this.#maxCount * FRAME_SHARE || frameBytes > this.#maxBytes * FRAME_SHARE)) {
        const oldest = this.#open.statement(OLDEST_FRAME).get()?.['number'] as number;
        frameBytes -= this.#read(oldest)?.text.length ?? 0;
        frames -= 1;
        this.#open.statement(DELETE).run(oldest);
      }
      return number;
    });
    this.#lastNumber += 1;
  }

  async list({ after = 0, destination, limit = 100 }: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    return this.#attempt(() => {
      const found: DeadLetter[] = [];
      for (const row of this.#open.statement(AFTER).iterate(after)) {
        if (found.length >= limit) break;
        const letter = unsealRow<DeadLetter>(row['number'], row);
        if (letter === undefined || (destination !== undefined && letter.destination !== destination)) continue;
        found.push(letter);
      }
      return found;
    });
  }

  async get(numbers: readonly number[]): Promise<readonly DeadLetter[]> {
    const sorted = numbers.toSorted((one, other) => one - other);
    return this.#attempt(() => sorted.map((number) => this.#read(number)).filter((letter) => letter !== undefined));
  }

  async replace(letters: readonly DeadLetter[]): Promise<void> {
    this.#change(() => {
      for (const letter of letters) {
        const { crc, value } = sealRow(letter.number, letter);
        this.#open.statement(REPLACE).run(letter.text.length, crc, value, letter.number);
      }
    });
  }

  async remove(numbers: readonly number[]): Promise<number> {
    return this.#change(() => {
      let removed = 0;
      for (const number of numbers) removed += Number(this.#open.statement(DELETE).run(number).changes);
      return removed;
    });
  }

  get #open(): JournalDatabase {
    if (this.#database === undefined) throw new GrantexError('JOURNAL_CLOSED', 'the journal is closed');
    return this.#database;
  }

  #change<Value>(work: () => Value, durability: Durability = 'synced'): Value {
    return this.#attempt(() => {
      const value = this.#open.transaction(durability, work);
      this.#measure();
      return value;
    });
  }

  #insert(letter: NewDeadLetter, number: number, isFrame: 0 | 1): void {
    const { crc, value } = sealRow(number, { ...letter, number });
    this.#open.statement(INSERT).run(number, isFrame, letter.text.length, crc, value);
  }

  #read(number: number): DeadLetter | undefined {
    return unsealRow<DeadLetter>(number, this.#open.statement(ONE).get(number));
  }

  /** Counts what is kept; returns the highest number. */
  #measure(): number {
    let last = 0;
    const sizes = { count: 0, bytes: 0, frames: 0, frameBytes: 0 };
    for (const row of this.#open.statement(SIZES).all()) {
      sizes.count += Number(row['count']);
      sizes.bytes += Number(row['bytes']);
      if (row['is_frame'] === 1) [sizes.frames, sizes.frameBytes] = [Number(row['count']), Number(row['bytes'])];
      last = Math.max(last, Number(row['last']));
    }
    this.#sizes = sizes;
    return last;
  }
}
