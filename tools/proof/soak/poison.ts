import { numberOf } from '../crash/account.ts';

/** About one event in so many is refused by every service, whenever it comes. */
const ONE_IN = 997;
const REMAINDER = 500;

/** The events that no service takes. */
export class Poison {
  #endsBefore = Infinity;

  /** Events from this number on are good ones. */
  endBefore(number: number): void {
    this.#endsBefore = number;
  }

  has(id: string): boolean {
    const number = numberOf(id);
    return number % ONE_IN === REMAINDER && number < this.#endsBefore;
  }
}
