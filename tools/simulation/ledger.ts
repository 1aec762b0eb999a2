import type { Gap } from '@grantex/core';

/** An event of the simulated server. */
export interface Published {
  readonly id: string;
  readonly text: string;
  readonly type: string;
  /** Its number, in the order of publication. */
  readonly number: number;
  /** Virtual time, milliseconds. */
  readonly at: number;
}

/** One request of a destination to its service. */
export interface SentRequest {
  readonly number: number;
  readonly destination: string;
  /** The life that sent it. */
  readonly life: number;
  readonly ids: readonly string[];
  /** The key of a stable batch. */
  readonly key: string | undefined;
  /** What the sender was told to be accepted. */
  acknowledged: ReadonlySet<string>;
}

/** An event at a service. */
export interface Stored {
  readonly id: string;
  readonly text: string;
  readonly request: SentRequest;
}

/** A life of the process, as it looked from outside. */
export interface LifeRecord {
  readonly number: number;
  readonly startedAt: number;
  /** First and last moment in which it got a byte of the stream. */
  heardFrom: number | undefined;
  heardUntil: number;
  readonly gaps: Gap[];
  endedAt: number;
  /** It was stopped, and everything that it had been told was written. */
  isPolite: boolean;
}

/** Everything that happened, as seen from outside of the engine: what the oracle judges. */
export class Ledger {
  readonly published = new Map<string, Published>();
  /** Frames that are no events. One with an empty `data` field is among the forms in which an event is sent. */
  readonly garbage = new Set<string>(['']);
  readonly requests: SentRequest[] = [];
  /** By destination, in the order in which it was stored. */
  readonly stored = new Map<string, Stored[]>();
  readonly lives: LifeRecord[] = [];
  /** What was seen to be wrong while it went on. */
  readonly violations: string[] = [];
  /** By destination: events that an answer named, or refused alone; they may come later than their neighbours. */
  readonly overtaken = new Map<string, Set<string>>();
  /** By destination: the keys of stable batches that were divided after an answer. */
  readonly divided = new Map<string, Set<string>>();
  /** Events that a life got to the last byte. */
  readonly heard = new Map<string, Set<number>>();
  /** By destination and event: the key under which it was sent last; by destination and key: the members. */
  readonly #keys = new Map<string, string>();
  readonly #members = new Map<string, string>();
  failedWrites = 0;

  /** Notes what is wrong. */
  violated(what: string): void {
    this.violations.push(what);
  }

  /** Watches that a key stays with its members, and the members with their key until an answer divides them. */
  noteKey({ destination, ids }: SentRequest, key: string): void {
    const members = ids.join();
    const before = entryOf(this.#members, `${destination} ${key}`, () => members);
    if (before !== members) this.violated(`${destination}: ${key} came with other members than before`);
    for (const id of ids) {
      const place = `${destination} ${id}`;
      const last = this.#keys.get(place);
      if (last !== undefined && last !== key && !this.dividedAt(destination).has(last)) {
        this.violated(`${destination}: ${id} was sent under ${last}, which nothing divided, and now under ${key}`);
      }
      this.#keys.set(place, key);
    }
  }

  noteHeard(id: string, life: number): void {
    entryOf(this.heard, id, () => new Set()).add(life);
  }

  storedAt(destination: string): Stored[] {
    return entryOf(this.stored, destination, () => []);
  }

  overtakenAt(destination: string): Set<string> {
    return entryOf(this.overtaken, destination, () => new Set());
  }

  dividedAt(destination: string): Set<string> {
    return entryOf(this.divided, destination, () => new Set());
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
