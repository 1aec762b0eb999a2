/** How many streams each key has open, as the server's shared counter has it: one counter for SSE, one for WebSocket. */
export class ConnectionLimit {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts one more, unless that would be more than the limit. */
  take(key: string): boolean {
    const open = this.#open.get(key) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(key, open + 1);
    return true;
  }

  /** Counts one less. A slot for which nobody calls this stays taken: that is how the real server leaks. */
  release(key: string): void {
    this.#open.set(key, (this.#open.get(key) ?? 1) - 1);
  }
}
