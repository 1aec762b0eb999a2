import { describe, expect, test } from 'vitest';
import { TELLING_SEEDS } from '../seeds.ts';
import { simulate } from '../simulate.ts';

const CLEAN_SEEDS = 25;

async function traceOf(seed: number): Promise<readonly string[]> {
  const trace: string[] = [];
  await simulate(seed, { onNote: (line) => trace.push(line) });
  return trace;
}

test('determinism: the same seed is the same run, to the last line', async () => {
  for (const seed of [2, 3, 5, 8]) {
    const trace = await traceOf(seed);
    expect(trace.length).toBeGreaterThan(100);
    expect(await traceOf(seed)).toEqual(trace);
  }
});

test(`${CLEAN_SEEDS} seeds keep every promise`, { timeout: 60_000 }, async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= CLEAN_SEEDS; seed++) {
    broken.push(...(await simulate(seed)).violations.map((violation) => `seed ${seed}: ${violation}`));
  }
  expect(broken).toEqual([]);
});

describe('telling seeds', () => {
  for (const { seed, about } of TELLING_SEEDS) {
    test(`${seed}: ${about}`, async () => {
      expect((await simulate(seed)).violations).toEqual([]);
    });
  }
});
