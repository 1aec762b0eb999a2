import type { JournalPromise } from './journal/journal-promise.js';
import { JournalScene } from './journal/journal-scene.js';
import type { JournalCapability, JournalSubjectSetup } from './journal/journal-subject.js';
import { APPENDING } from './journal/promises/appending.js';
import { BLOCKING } from './journal/promises/blocking.js';
import { COMMITS } from './journal/promises/commits.js';
import { CURSORS } from './journal/promises/cursors.js';
import { DURABILITY } from './journal/promises/durability.js';
import { LIMITS } from './journal/promises/limits.js';
import type { ContractOutline, TestFunction } from './test-function.js';

const PROMISES: readonly JournalPromise[] = [
  ...APPENDING,
  ...CURSORS,
  ...COMMITS,
  ...LIMITS,
  ...BLOCKING,
  ...DURABILITY,
];

/** What {@link journalContract} has to know of the journal. */
export interface JournalContractOptions {
  /** What the journal has not. The tests that need it are left out. @defaultValue nothing */
  readonly without?: readonly JournalCapability[];
  /** Real milliseconds without any progress after which something counts as never coming. @defaultValue 3_000 */
  readonly patienceMs?: number;
}

/**
 * Registers the tests of what every journal promises, each under its own name and with a journal of its own. For vitest's
 * `test` and for that of `node:test`; the clock is a manual one, and nothing sleeps.
 */
export function journalContract(
  test: TestFunction,
  setup: JournalSubjectSetup,
  { without = [], patienceMs = 3_000 }: JournalContractOptions = {},
): ContractOutline {
  const tests: string[] = [];
  const leftOut: { test: string; without: readonly string[] }[] = [];
  for (const promise of PROMISES) {
    const { name, needs = [], options = {} } = promise;
    const missing = needs.filter((need) => without.includes(need));
    if (missing.length > 0) {
      leftOut.push({ test: name, without: missing });
      continue;
    }
    tests.push(name);
    test(name, async () => {
      await using scene = await JournalScene.open(setup, { ...options, patienceMs });
      await promise.prove(scene);
    });
  }
  return { tests, leftOut };
}
