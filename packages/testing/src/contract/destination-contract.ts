import type { DestinationPromise } from './destination/destination-promise.js';
import type { SubjectSetup } from './destination/destination-subject.js';
import type { Capability } from './destination/fault.js';
import { AT_LEAST_ONCE } from './destination/promises/at-least-once.js';
import { BATCHING } from './destination/promises/batching.js';
import { BOUNDS } from './destination/promises/bounds.js';
import { CLOSE } from './destination/promises/close.js';
import { DIVISION } from './destination/promises/division.js';
import { FLUSH } from './destination/promises/flush.js';
import { HOLD } from './destination/promises/hold.js';
import { ORDER } from './destination/promises/order.js';
import { RETRY } from './destination/promises/retry.js';
import { SECRETS } from './destination/promises/secrets.js';
import { TIME_OUT } from './destination/promises/time-out.js';
import type { Way } from './destination/run.js';
import { Scene } from './destination/scene.js';
import { TimerWatch } from './open-resources.js';
import type { ContractOutline, TestFunction } from './test-function.js';

const PROMISES: readonly DestinationPromise[] = [
  ...AT_LEAST_ONCE,
  ...ORDER,
  ...BATCHING,
  ...RETRY,
  ...TIME_OUT,
  ...HOLD,
  ...DIVISION,
  ...FLUSH,
  ...CLOSE,
  ...BOUNDS,
  ...SECRETS,
];
const WAYS: readonly Way[] = ['alone', 'in a source'];

/** What {@link destinationContract} has to know of the destination and its service. */
export interface DestinationContractOptions {
  /**
   * `batching`: it extends `BatchingDestination`. `plain`: a class of one's own, whose events are settled when `send` and
   * `flush` have resolved. @defaultValue 'batching'
   */
  readonly kind?: 'batching' | 'plain';
  /** What the service, or what stands in for it, cannot do. The tests that need it are left out. @defaultValue nothing */
  readonly without?: readonly Capability[];
  /**
   * The clock's first moment and the time of the first event, Unix milliseconds: for real servers that refuse old events.
   * @defaultValue 2026-03-01T12:00:00Z
   */
  readonly startTime?: number;
  /** Real milliseconds without any progress after which something counts as never coming. @defaultValue 3_000 */
  readonly patienceMs?: number;
}

/**
 * Registers the tests of what every destination promises, each under its own name and with a subject of its own. For
 * vitest's `test` and for that of `node:test`; the clock is a manual one, and nothing sleeps. The tests count what is open
 * in the process, so they must not run side by side.
 *
 * ```ts
 * import test from 'node:test';
 * destinationContract(test, async () => subjectFor(await HttpReceiver.start()));
 * ```
 */
export function destinationContract(
  test: TestFunction,
  setup: SubjectSetup,
  {
    kind = 'batching',
    without = [],
    startTime = Date.UTC(2026, 2, 1, 12),
    patienceMs = 3_000,
  }: DestinationContractOptions = {},
): ContractOutline {
  const isPlain = kind === 'plain';
  const tests: string[] = [];
  const leftOut: { test: string; without: readonly string[] }[] = [];
  for (const way of WAYS) {
    for (const promise of PROMISES) {
      if (!isFor(promise, way, isPlain)) continue;
      const name = `${way}: ${promise.name}`;
      const missing = promise.needs.filter((need) => without.includes(need));
      if (missing.length > 0) {
        leftOut.push({ test: name, without: missing });
        continue;
      }
      const { watchesTimers = false } = promise;
      tests.push(name);
      test(name, async () => {
        using timers = watchesTimers ? new TimerWatch() : undefined;
        const run = async (): Promise<void> => {
          await using scene = await Scene.open(setup, { way, isPlain, startTime, patienceMs, timers });
          await promise.prove(scene);
        };
        await (timers === undefined ? run() : timers.during(run));
      });
    }
  }
  return { tests, leftOut };
}

function isFor(
  { ways = WAYS, batchingOnly, plainOnly, needs }: DestinationPromise,
  way: Way,
  isPlain: boolean,
): boolean {
  if (!ways.includes(way) || (isPlain ? batchingOnly : plainOnly) === true) return false;
  // Alone, a plain destination has nobody who tries again.
  return !isPlain || way === 'in a source' || plainOnly === true || needs.length === 0;
}
