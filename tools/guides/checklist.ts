/** Runs checks one after the other, says how each ended, and counts. */
export class Checklist {
  readonly #signal: AbortSignal;
  #passed = 0;
  #failed = 0;

  /** After the signal's abort every further check fails at once. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get hasFailed(): boolean {
    return this.#failed > 0;
  }

  get summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`;
  }

  /** @returns what the check returned; undefined when it failed */
  async check<Result>(name: string, run: () => Result | Promise<Result>): Promise<Result | undefined> {
    const startedAt = performance.now();
    const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
    try {
      this.#signal.throwIfAborted();
      const result = await run();
      this.#passed += 1;
      console.log(`  ✓ ${name} (${seconds()} s)`);
      return result;
    } catch (error) {
      this.#failed += 1;
      // Whatever was cut short by the signal failed because of it.
      const cause: unknown = this.#signal.aborted ? this.#signal.reason : error;
      const reason = cause instanceof Error ? cause.message : String(cause);
      console.log(`  ✗ ${name} (${seconds()} s)\n${reason.replaceAll(/^/gm, '      ')}`);
      return undefined;
    }
  }
}
