import { EventIdTable, noBits, readId, type IdBits } from './event-id-table.js';

/** So many ids of each form are remembered at least, and twice as many at most. One that comes again has its place among them. */
const CAPACITY = 100_000;

/** The ids that were appended last. */
export class RecentIds {
  readonly #ids = new Generations<IdBits>(() => new EventIdTable(CAPACITY));
  /** Those of another form than the event server's. */
  readonly #others = new Generations<string>(() => new Set());
  readonly #bits = noBits();

  constructor(ids: readonly string[] = []) {
    for (const id of ids) this.add(id);
  }

  /** Remembers the id. False when it was known. */
  add(id: string): boolean {
    return readId(id, this.#bits) ? this.#ids.add(this.#bits) : this.#others.add(id);
  }
}

interface KeySet<Key> {
  readonly size: number;
  has(key: Key): boolean;
  add(key: Key): unknown;
}

/** Two sets that take turns, so that forgetting costs nothing for each key. */
class Generations<Key> {
  readonly #make: () => KeySet<Key>;
  #newer: KeySet<Key>;
  #older: KeySet<Key>;

  constructor(make: () => KeySet<Key>) {
    this.#make = make;
    this.#newer = make();
    this.#older = make();
  }

  /** False when it was there. */
  add(key: Key): boolean {
    const { size } = this.#newer;
    this.#newer.add(key);
    const wasThere = this.#newer.size === size || this.#older.has(key);
    if (this.#newer.size >= CAPACITY) {
      this.#older = this.#newer;
      this.#newer = this.#make();
    }
    return !wasThere;
  }
}
