/** What registers a test: vitest's `test`, that of `node:test`, or anything else of this form. */
export type TestFunction = (name: string, run: () => Promise<void>) => unknown;

/** What a contract suite has registered. */
export interface ContractOutline {
  /** Names of the tests, in order. */
  readonly tests: readonly string[];
  /** Names of the tests that were left out, with the capabilities that are missing for them. */
  readonly leftOut: readonly { readonly test: string; readonly without: readonly string[] }[];
}
