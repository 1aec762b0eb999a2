import { describe, expect, test } from 'vitest';
import { PLANTED_FAULTS, type PlantedFault } from '../planted.ts';
import { simulate } from '../simulate.ts';

const MOST_SEEDS = 200;

/** The first seed that breaks a promise with the fault, and none without it. */
async function seedThatFinds(fault: PlantedFault): Promise<number> {
  for (let seed = 1; seed <= MOST_SEEDS; seed++) {
    if ((await simulate(seed)).violations.length > 0) continue;
    if ((await simulate(seed, { fault })).violations.length > 0) return seed;
  }
  return Infinity;
}

describe('planted faults', () => {
  for (const [name, fault] of PLANTED_FAULTS) {
    test(`${name} is found within ${MOST_SEEDS} seeds`, { timeout: 60_000 }, async ({ annotate }) => {
      const found = await seedThatFinds(fault);
      await annotate(`seed ${found}`);
      expect(found).toBeLessThanOrEqual(MOST_SEEDS);
    });
  }
});
