import type { TestFunction } from '@grantex/testing';

/** Takes the tests that a suite registers and runs them itself, to see which of them fail. */
export class RecordingTest {
  readonly #tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];

  readonly test: TestFunction = (name, run) => {
    this.#tests.push({ name, run });
  };

  /** Runs them, or those that are wanted, one after the other. Resolves to what failed: the error of each by its name. */
  async run(isWanted: (name: string) => boolean = () => true): Promise<Map<string, string>> {
    const failed = new Map<string, string>();
    for (const { name, run } of this.#tests.filter((each) => isWanted(each.name))) {
      try {
        await run();
      } catch (error) {
        failed.set(name, error instanceof Error ? error.message : String(error));
      }
    }
    return failed;
  }
}
