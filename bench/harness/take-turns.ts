import type { RunOptions } from './benchmark.ts';

/**
 * Lets competitors take turns, since the machine is shared and noisy: what disturbs one round disturbs all of them. Each
 * round begins with another one. The first round warms up the other ends and is not counted.
 */
export async function takeTurns<Name extends string, Result>(
  { rounds, progress }: Pick<RunOptions, 'rounds' | 'progress'>,
  competitors: Readonly<Record<Name, () => Promise<Result>>>,
): Promise<Readonly<Record<Name, readonly Result[]>>> {
  const names = Object.keys(competitors) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Result[]>;
  for (let round = 0; round <= rounds; round++) {
    const from = round % names.length;
    for (const name of [...names.slice(from), ...names.slice(0, from)]) {
      progress(round === 0 ? `warm-up: ${name}` : `round ${round} of ${rounds}: ${name}`);
      const result = await competitors[name]();
      if (round > 0) results[name].push(result);
    }
  }
  return results;
}
