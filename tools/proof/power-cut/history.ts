import { afterOperation, EMPTY, type Account } from './account.ts';
import { isPromised, type Mark, type Operation, type Overrun } from './operation.ts';

/** A state in which a power cut may leave the journal. */
export interface Candidate {
  readonly account: Account;
  /** Events that each cursor was moved past by then; undefined while that is being decided. */
  readonly overrun: Overrun | undefined;
}

/** A transaction of the journal. */
interface Entry {
  readonly id: number;
  readonly operation: Operation;
  /** Afterwards. */
  overrun: Overrun | undefined;
}

/**
 * What the script has said up to a moment. Operations overlap, but their transactions do not: the log holds one behind the
 * other, and a power cut leaves the first so many of them. Of these at least all up to the last one that was promised.
 */
export class History {
  /** What was asked for and has had no transaction yet, by number. */
  readonly #asked = new Map<number, Operation>();
  #promised: Candidate = { account: EMPTY, overrun: {} };
  /** The log from there on. */
  #since: Entry[] = [];

  note(mark: Mark): void {
    if ('asked' in mark) {
      this.#asked.set(mark.asked, mark.operation);
    } else if ('refused' in mark) {
      this.#asked.delete(mark.refused);
    } else {
      const last = this.#since.at(-1);
      if (last !== undefined) last.overrun = mark.overrun;
      if ('writes' in mark) this.#write(mark.writes, mark.overrun);
      else this.#finish(mark.done, mark.overrun);
    }
  }

  /** The least that has to be there comes first, then one transaction more each time, up to the one that was begun last. */
  candidates(): readonly Candidate[] {
    const candidates = [this.#promised];
    let { account } = this.#promised;
    for (const { operation, overrun } of this.#since) {
      account = afterOperation(account, operation);
      candidates.push({ account, overrun });
    }
    return candidates;
  }

  #write(id: number, before: Overrun): void {
    const operation = this.#asked.get(id);
    if (operation === undefined)
      throw new Error('a transaction more than was asked for: this proof has no model of it');
    this.#asked.delete(id);
    // Nothing else moves cursors on.
    this.#since.push({ id, operation, overrun: operation.kind === 'append' ? undefined : before });
  }

  #finish(id: number, overrun: Overrun): void {
    // What needed no transaction must be true without one.
    if (this.#asked.has(id)) this.#write(id, overrun);
    const index = this.#since.findIndex((entry) => entry.id === id);
    const entry = this.#since[index];
    if (entry === undefined || !isPromised(entry.operation)) return;
    const operations = this.#since.splice(0, index + 1).map(({ operation }) => operation);
    this.#promised = { account: operations.reduce(afterOperation, this.#promised.account), overrun: entry.overrun };
  }
}
