import { GrantexError } from '../errors.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters, NewDeadLetter } from './journal.js';

/** Of the dead letters at most this part may be frames that are no events. */
const FRAME_SHARE = 0.1;

/** Dead letters in memory: bounded in number and in bytes. */
export class MemoryDeadLetters implements DeadLetters {
  readonly #maxCount: number;
  readonly #maxBytes: number;
  /** By number, so in the order in which they came. */
  readonly #letters = new Map<number, DeadLetter>();
  /** Numbers of the frames that are no events, oldest first. */
  readonly #frames = new Set<number>();
  #bytes = 0;
  #frameBytes = 0;
  #lastNumber = 0;

  constructor(maxCount: number, maxBytes: number) {
    this.#maxCount = maxCount;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#letters.size;
  }

  /** Keeps events that were given up, all of them or, at the bound, none. */
  addAll(letters: readonly NewDeadLetter[]): void {
    const bytes = letters.reduce((sum, letter) => sum + letter.text.length, 0);
    if (this.#letters.size + letters.length > this.#maxCount || this.#bytes + bytes > this.#maxBytes) {
      throw new GrantexError(
        'JOURNAL_DEAD_LETTERS_FULL',
        `${this.#letters.size} dead letters are kept, the most that is allowed: remove some of them`,
      );
    }
    for (const letter of letters) this.#add(letter);
  }

  async addFrame(letter: NewDeadLetter): Promise<void> {
    this.#frames.add(this.#add(letter));
    this.#frameBytes += letter.text.length;
    for (const oldest of this.#frames) {
      const isWithin =
        this.#frames.size <= this.#maxCount * FRAME_SHARE && this.#frameBytes <= this.#maxBytes * FRAME_SHARE;
      if (isWithin || this.#frames.size === 1) break;
      this.#delete(oldest);
    }
  }

  async list({ after = 0, destination, limit = 100 }: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    const found: DeadLetter[] = [];
    for (const letter of this.#letters.values()) {
      if (found.length === limit) break;
      if (letter.number <= after || (destination !== undefined && letter.destination !== destination)) continue;
      found.push(letter);
    }
    return found;
  }

  async get(numbers: readonly number[]): Promise<readonly DeadLetter[]> {
    const found = numbers.map((number) => this.#letters.get(number)).filter((letter) => letter !== undefined);
    return found.toSorted((one, other) => one.number - other.number);
  }

  async replace(letters: readonly DeadLetter[]): Promise<void> {
    for (const letter of letters) {
      const before = this.#letters.get(letter.number);
      if (before === undefined) continue;
      this.#letters.set(letter.number, letter);
      this.#bytes += letter.text.length - before.text.length;
    }
  }

  async remove(numbers: readonly number[]): Promise<number> {
    return numbers.filter((number) => this.#delete(number)).length;
  }

  #add(letter: NewDeadLetter): number {
    const number = ++this.#lastNumber;
    this.#letters.set(number, { ...letter, number });
    this.#bytes += letter.text.length;
    return number;
  }

  #delete(number: number): boolean {
    const letter = this.#letters.get(number);
    if (letter === undefined) return false;
    this.#letters.delete(number);
    this.#bytes -= letter.text.length;
    if (this.#frames.delete(number)) this.#frameBytes -= letter.text.length;
    return true;
  }
}
