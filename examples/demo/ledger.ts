/** A time in which nobody listened. Unix epoch, milliseconds. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What the events came to, id by id. */
export interface Comparison {
  readonly emitted: number;
  /** Emitted events that were stored, each counted once. */
  readonly delivered: number;
  /** Emitted events that were not stored, and were emitted in a gap that the forwarder has recorded. */
  readonly inGaps: number;
  /** Emitted events that were not stored, and nothing explains it; in the order of emission. */
  readonly missing: readonly string[];
  /** How often an event was stored that was stored before. */
  readonly repeated: number;
}

/** Which events the event server has emitted, and which ones the intake has stored. */
export class Ledger {
  /** When each was emitted. */
  readonly #emitted = new Map<string, number>();
  readonly #stored = new Set<string>();
  #repeated = 0;

  /** Events emitted so far. */
  get emitted(): number {
    return this.#emitted.size;
  }

  /** Distinct events stored so far. */
  get stored(): number {
    return this.#stored.size;
  }

  noteEmitted(ids: readonly string[], at: number): void {
    for (const id of ids) this.#emitted.set(id, at);
  }

  noteStored(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#stored.has(id)) this.#repeated++;
      this.#stored.add(id);
    }
  }

  compare(gaps: readonly Gap[]): Comparison {
    const absent = [...this.#emitted].filter(([id]) => !this.#stored.has(id));
    const missing = absent.filter(([, at]) => !gaps.some(({ from, to }) => from <= at && at <= to));
    return {
      emitted: this.emitted,
      delivered: this.emitted - absent.length,
      inGaps: absent.length - missing.length,
      missing: missing.map(([id]) => id),
      repeated: this.#repeated,
    };
  }
}
