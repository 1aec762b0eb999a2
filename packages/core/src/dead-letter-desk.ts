import type { RedeliveryReport } from './delivery/redelivery.js';
import { codeOf } from './errors.js';
import type { DeadLetter, DeadLetterQuery, DeadLetters } from './journal/journal.js';

/** The dead letters of a source, for whoever looks after it. */
export class DeadLetterDesk {
  readonly #letters: DeadLetters;
  readonly #redeliver: (destination: string, letters: readonly DeadLetter[]) => Promise<RedeliveryReport>;

  constructor(
    letters: DeadLetters,
    redeliver: (destination: string, letters: readonly DeadLetter[]) => Promise<RedeliveryReport>,
  ) {
    this.#letters = letters;
    this.#redeliver = redeliver;
  }

  get size(): number {
    return this.#letters.size;
  }

  /** Oldest first; 100 at most unless told otherwise. */
  list(query: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
    return this.#letters.list(query);
  }

  /** Forgets these for good. Resolves to how many there were. */
  remove(numbers: readonly number[]): Promise<number> {
    return this.#letters.remove(numbers);
  }

  /**
   * Sends these once more, out of order, each to its destination. Waits for its turn behind a batch that is being tried.
   * Numbers that do not exist, frames that are no events, and letters of a destination that is not there are `untried`.
   */
  async retry(numbers: readonly number[]): Promise<RedeliveryReport> {
    const letters = await this.#letters.get(numbers);
    const names = new Set(letters.map(({ destination }) => destination));
    const reports: RedeliveryReport[] = [];
    const reasons: string[] = [];
    for (const name of names) {
      try {
        reports.push(
          await this.#redeliver(
            name,
            letters.filter(({ destination }) => destination === name),
          ),
        );
      } catch (error) {
        if (!(error instanceof Error) || codeOf(error) === undefined) throw error;
        reasons.push(error.message);
      }
    }
    const delivered = reports.flatMap((report) => report.delivered);
    const refused = reports.flatMap((report) => report.refused);
    const known = new Set([...delivered, ...refused.map(({ number }) => number)]);
    const untried = [...new Set(numbers)].filter((number) => !known.has(number));
    reasons.push(...reports.flatMap(({ reason }) => reason ?? []));
    if (untried.length > 0 && reasons.length === 0) reasons.push('there is no dead letter of this number');
    return { delivered, refused, untried, ...(reasons.length > 0 && { reason: reasons.join('; ') }) };
  }
}
