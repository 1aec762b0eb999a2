/** So many ids are remembered at least, and twice as many at most, beside those that the server repeats. */
const CAPACITY = 100_000;

/** The ids that were appended last. Two sets take turns, so that forgetting costs nothing for each event. */
export class RecentIds {
  #newer = new Set<string>();
  #older = new Set<string>();

  constructor(ids: readonly string[] = []) {
    for (const id of ids) this.add(id);
  }

  /** Remembers the id. False when it was known. */
  add(id: string): boolean {
    // An id is looked up once in each set, and not once more to be added: this runs for every event.
    const { size } = this.#newer;
    if (this.#newer.add(id).size === size || this.#older.has(id)) return false;
    if (this.#newer.size >= CAPACITY) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    return true;
  }
}
