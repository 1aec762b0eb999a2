import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 60_000;
const INTERVAL_MS = 10;

/** Waits in real time until the condition holds; rejects after a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const begunAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - begunAt > LIMIT_MS) throw new Error(`this did not come within a minute: ${String(holds)}`);
    await sleep(INTERVAL_MS);
  }
}
