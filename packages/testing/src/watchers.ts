/** When to give up waiting, and what to say then. */
export interface Patience {
  readonly ms: number;
  readonly error: () => Error;
}

/** Those who wait for something to become true. The owner calls {@link changed} whenever it might have. */
export class Watchers {
  readonly #looks = new Set<() => void>();

  changed(): void {
    for (const look of this.#looks) look();
  }

  /** Resolves once `holds` is true; rejects when patience has run out. */
  async until(holds: () => boolean, patience?: Patience): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      if (patience === undefined) return;
      timer = setTimeout(() => {
        this.#looks.delete(look);
        reject(patience.error());
      }, patience.ms);
    });
  }
}
