/** What the events came to, id by id. */
export interface Comparison {
  readonly emitted: number;
  /** Emitted events that were stored, each counted once. */
  readonly delivered: number;
  /** Emitted events that were not stored, in the order of emission. */
  readonly missing: readonly string[];
  /** How often an event was stored that was stored before. */
  readonly repeated: number;
}

/** Which events the event server has emitted, and which ones the intake has stored. */
export class Ledger {
  readonly #emitted: string[] = [];
  readonly #stored = new Set<string>();
  #repeated = 0;

  /** Events emitted so far. */
  get emitted(): number {
    return this.#emitted.length;
  }

  /** Distinct events stored so far. */
  get stored(): number {
    return this.#stored.size;
  }

  noteEmitted(ids: readonly string[]): void {
    this.#emitted.push(...ids);
  }

  noteStored(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#stored.has(id)) this.#repeated++;
      this.#stored.add(id);
    }
  }

  compare(): Comparison {
    const missing = this.#emitted.filter((id) => !this.#stored.has(id));
    return { emitted: this.emitted, delivered: this.emitted - missing.length, missing, repeated: this.#repeated };
  }
}
