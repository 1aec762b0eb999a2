import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay, probeDelay } from '../../src/backoff.js';
import { attemptNumber, chance, delayMs } from './number-arbitraries.js';

const RUNS = { numRuns: 300 };

/** `first`, doubled with every attempt after the first one, until it reaches `most`. */
function doubled(first: number, most: number, attempt: number): number {
  let bound = first;
  for (let doublings = 1; doublings < attempt && bound < most; doublings++) bound *= 2;
  return Math.min(bound, most);
}

test('a delay lies between 0 and the doubled bound, spread evenly', () => {
  fc.assert(
    fc.property(attemptNumber, delayMs, delayMs, chance, (attempt, initialMs, maxMs, random) => {
      const bound = doubled(initialMs, maxMs, attempt);
      const delay = backoffDelay(attempt, { initialMs, maxMs }, () => random);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(bound);
      // Full jitter: the share of the bound is the share of the chance, from nothing on.
      expect(delay / bound).toBeCloseTo(random, 9);
    }),
    RUNS,
  );
});

test('probes come at the doubled distance, without chance', () => {
  fc.assert(
    fc.property(attemptNumber, delayMs, delayMs, (probe, holdMs, maxHoldMs) => {
      expect(probeDelay(probe, { holdMs, maxHoldMs })).toBe(doubled(holdMs, maxHoldMs, probe));
    }),
    RUNS,
  );
});

test('no delay stays none, whatever the number of the attempt', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (attempt) => {
      expect(backoffDelay(attempt, { initialMs: 0, maxMs: 1_000 }, () => 0.5)).toBe(0);
      expect(probeDelay(attempt, { holdMs: 0, maxHoldMs: 1_000 })).toBe(0);
    }),
  );
});
