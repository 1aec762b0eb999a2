import { describe, expect, test } from 'vitest';
import { PLANTED_FAULTS, type PlantedFault } from '../planted.ts';
import { TELLING_SEEDS } from '../seeds.ts';
import { simulate } from '../simulate.ts';

const CLEAN_SEEDS = 100;
const MOST_SEEDS = 200;

async function traceOf(seed: number): Promise<readonly string[]> {
  const trace: string[] = [];
  await simulate(seed, { onNote: (line) => trace.push(line) });
  return trace;
}

/** The first seed that breaks a promise with the fault, and none without it. */
async function seedThatFinds(fault: PlantedFault): Promise<number> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if ((await simulate(seed)).violations.length > 0) continue;
    if ((await simulate(seed, { fault })).violations.length > 0) return seed;
  }
  return Infinity;
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

describe('planted faults', () => {
  for (const [name, fault] of PLANTED_FAULTS) {
    test(`${name} is found within ${MOST_SEEDS} seeds`, { timeout: 60_000 }, async ({ annotate }) => {
      const found = await seedThatFinds(fault);
      await annotate(`seed ${found}`);
      expect(found).toBeLessThanOrEqual(MOST_SEEDS);
    });
  }
});

describe('telling seeds', () => {
  for (const { seed, about } of TELLING_SEEDS) {
    test(`${seed}: ${about}`, async () => {
      expect((await simulate(seed)).violations).toEqual([]);
    });
  }
});
