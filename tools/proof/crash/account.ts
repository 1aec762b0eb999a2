import type { Gap, Overrun } from '@grantex/core';

const ID_PREFIX = 'evt_';
/** `evt_`, ten characters of time, and the event's number in decimal digits, which are letters of a ULID as well. */
const TIME_DIGITS = '01K0000000';
const NUMBER_DIGITS = 16;
const NUMBER_FROM = ID_PREFIX.length + TIME_DIGITS.length;
/** So many ids of each kind of loss are named. */
const MOST_NAMED = 10;

/** What became of the events at one destination. */
export interface Balance {
  readonly destination: string;
  readonly published: number;
  readonly delivered: number;
  readonly deadLetters: number;
  /** Published while the stream was not heard, in a recorded gap. */
  readonly inGap: number;
  /** Moved past because the journal was full, and recorded. */
  readonly inOverrun: number;
  /** Arrivals of what had arrived before. */
  readonly repeats: number;
  /** Repeats between two ends of the forwarder at most. */
  readonly mostRepeatsInALife: number;
  /** First arrivals after that of a later event. */
  readonly outOfOrder: number;
  /** Acknowledged by the journal and nowhere to be found: the promise that must not be broken. */
  readonly lost: Losses;
  /** Never acknowledged, and in no recorded gap. */
  readonly unexplained: Losses;
}

export interface Losses {
  readonly count: number;
  /** The first of them, with what is known. */
  readonly examples: readonly string[];
}

/** One destination's column. */
interface Column {
  /** By the event's number: how often it arrived. */
  readonly arrivals: number[];
  /** Ids by the event's number. */
  readonly deadLetters: Map<number, string>;
  readonly overruns: Map<string, Overrun>;
  newest: number;
  repeats: number;
  lifeRepeats: number;
  mostRepeatsInALife: number;
  outOfOrder: number;
}

/** Keeps account of every event, from its publication to each destination. */
export class Account {
  /** By the event's number: when it was published. Unix epoch, milliseconds. */
  readonly #publishedAt: number[] = [];
  readonly #appended: boolean[] = [];
  readonly #gaps = new Map<string, Gap>();
  readonly #columns = new Map<string, Column>();
  #appendedCount = 0;
  #lastAppended = -1;

  constructor(destinations: readonly string[]) {
    for (const name of destinations) {
      this.#columns.set(name, {
        arrivals: [],
        deadLetters: new Map(),
        overruns: new Map(),
        newest: -1,
        repeats: 0,
        lifeRepeats: 0,
        mostRepeatsInALife: 0,
        outOfOrder: 0,
      });
    }
  }

  get published(): number {
    return this.#publishedAt.length;
  }

  /** Distinct events that a forwarder has told to be in its journal. */
  get appended(): number {
    return this.#appendedCount;
  }

  /** The number of the newest event that is in the journal. */
  get lastAppended(): number {
    return this.#lastAppended;
  }

  /** Gaps that are recorded. */
  get gaps(): number {
    return this.#gaps.size;
  }

  get repeats(): number {
    return [...this.#columns.values()].reduce((sum, { repeats }) => sum + repeats, 0);
  }

  /** Notes that an event is published now; its id. */
  publish(at: number): string {
    const number = this.#publishedAt.push(at) - 1;
    return `${ID_PREFIX}${TIME_DIGITS}${String(number).padStart(NUMBER_DIGITS, '0')}`;
  }

  noteAppended(ids: readonly string[]): void {
    for (const id of ids) {
      const number = numberOf(id);
      if (this.#appended[number] !== true) this.#appendedCount++;
      this.#appended[number] = true;
      this.#lastAppended = Math.max(this.#lastAppended, number);
    }
  }

  noteArrived(destination: string, ids: readonly string[]): void {
    const column = this.#column(destination);
    for (const id of ids) {
      const number = numberOf(id);
      const before = column.arrivals[number] ?? 0;
      column.arrivals[number] = before + 1;
      if (before > 0) {
        column.repeats++;
        column.lifeRepeats++;
        column.mostRepeatsInALife = Math.max(column.mostRepeatsInALife, column.lifeRepeats);
      } else if (number < column.newest) {
        column.outOfOrder++;
      }
      column.newest = Math.max(column.newest, number);
    }
  }

  noteDeadLetter(destination: string, id: string): void {
    this.#columns.get(destination)?.deadLetters.set(numberOf(id), id);
  }

  /** Gaps as the journal has them. Told again and again, since it keeps the newest ones only. */
  noteGaps(gaps: readonly Gap[]): void {
    for (const gap of gaps) this.#gaps.set(`${gap.from} ${gap.to}`, gap);
  }

  noteOverruns(overruns: readonly Overrun[]): void {
    for (const overrun of overruns) {
      this.#columns.get(overrun.destination)?.overruns.set(overrun.firstId, overrun);
    }
  }

  /** The forwarder ended, or was ended. */
  endLife(): void {
    for (const column of this.#columns.values()) column.lifeRepeats = 0;
  }

  hasArrived(destination: string, id: string): boolean {
    return (this.#column(destination).arrivals[numberOf(id)] ?? 0) > 0;
  }

  deadLetterIds(destination: string): readonly string[] {
    return [...this.#column(destination).deadLetters.values()];
  }

  balance(destination: string): Balance {
    const column = this.#column(destination);
    const { deadLetters, repeats, mostRepeatsInALife, outOfOrder } = column;
    const gaps = [...this.#gaps.values()];
    const overruns = [...column.overruns.values()].map(({ firstId, lastId, count }) => ({
      first: numberOf(firstId),
      last: numberOf(lastId),
      left: count,
    }));
    const counts = { delivered: 0, deadLetters: 0, inGap: 0, inOverrun: 0 };
    const lost = new LossList();
    const unexplained = new LossList();
    for (const [number, at] of this.#publishedAt.entries()) {
      if ((column.arrivals[number] ?? 0) > 0) {
        counts.delivered++;
        continue;
      }
      if (deadLetters.has(number)) {
        counts.deadLetters++;
        continue;
      }
      const overrun = overruns.find(({ first, last, left }) => first <= number && number <= last && left > 0);
      const isAppended = this.#appended[number] === true;
      // An overrun counts what was in the journal only: events of a gap in its range take no part in it.
      if (!isAppended && gaps.some(({ from, to }) => from <= at && at <= to)) {
        counts.inGap++;
      } else if (overrun !== undefined) {
        overrun.left--;
        counts.inOverrun++;
      } else if (isAppended) {
        lost.add(`event ${number}, published ${new Date(at).toISOString()}`);
      } else {
        unexplained.add(`event ${number}, published ${new Date(at).toISOString()}; ${nearest(gaps, at)}`);
      }
    }
    const published = this.published;
    return { destination, published, ...counts, repeats, mostRepeatsInALife, outOfOrder, lost, unexplained };
  }

  #column(destination: string): Column {
    const column = this.#columns.get(destination);
    if (column === undefined) throw new Error(`no account is kept of a destination named "${destination}"`);
    return column;
  }
}

class LossList implements Losses {
  readonly examples: string[] = [];
  count = 0;

  add(example: string): void {
    this.count++;
    if (this.examples.length < MOST_NAMED) this.examples.push(example);
  }
}

/** The number of an event in the order of publication. */
export function numberOf(id: string): number {
  return Number(id.slice(NUMBER_FROM));
}

function nearest(gaps: readonly Gap[], at: number): string {
  const distance = ({ from, to }: Gap): number => Math.max(from - at, at - to);
  const [gap] = gaps.toSorted((one, other) => distance(one) - distance(other));
  if (gap === undefined) return 'no gap is recorded';
  return `nearest gap ${new Date(gap.from).toISOString()} to ${new Date(gap.to).toISOString()}`;
}
