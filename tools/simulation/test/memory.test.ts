import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { simulate } from '../simulate.ts';

test('what a seed took is free when it is over: thousands are played in one process', async () => {
  const before = kept();
  for (let seed = 1; seed <= 8; seed++) await simulate(seed);
  // A process of a seed remembers ids in tables of megabytes, and a seed has several processes.
  expect(kept() - before).toBeLessThan(40_000_000);
});

/** Bytes outside the heap after a full collection. */
function kept(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
  return process.memoryUsage().arrayBuffers;
}
