import { ManualClock } from '@grantex/testing';
import { expect, test } from 'vitest';
import { BatchingDestination, MemoryJournal, silentLogger, type CheckResult, type Verdict } from '../src/index.js';
import { Deliveries } from '../src/deliveries.js';
import { records } from './journal/records.js';

/** Never answers. */
class StuckDestination extends BatchingDestination {
  protected override encode(): string {
    return '{}';
  }

  protected override async sendBatch(): Promise<Verdict> {
    return new Promise(() => {});
  }

  protected override async checkService(): Promise<CheckResult> {
    return { ok: true, message: 'not asked' };
  }
}

/** Deliveries of which each has so many events to deliver, in batches of 100: 700 are enough for such a one. */
async function setUp(...lags: readonly number[]): Promise<Deliveries> {
  const clock = new ManualClock(0);
  const journal = new MemoryJournal({ clock });
  const deliveries = new Deliveries({ journal, clock, random: () => 0.5, logger: silentLogger });
  let left = Math.max(0, ...lags);
  // Who is added later begins at the head, and has less to deliver.
  for (const lag of lags.toSorted((one, other) => other - one)) {
    if (left > lag) await journal.append(records(left - lag, left));
    left = lag;
    const defaults = { kind: 'stuck', batchSize: 100, limits: { maxEvents: 100, maxBytes: 1_000_000 } };
    await deliveries.attach(new StuckDestination(defaults, { name: `lag ${lag}`, clock, logger: silentLogger }), {});
  }
  if (left > 0) await journal.append(records(left));
  for (const lag of lags) expect(deliveries.stats()[`lag ${lag}`]).toMatchObject({ lag });
  return deliveries;
}

test.each([
  ['there are none', [], false],
  ['it has as much as it needs', [700], false],
  ['it has more', [701], true],
  ['it is far behind, and nobody else is there', [5_601], true],
  ['another one has more', [0, 701], true],
  ['another one is about to be far behind', [0, 5_600], true],
  ['another one is far behind', [0, 5_601], false],
  ['another one is far behind, and a third one has more', [0, 5_601, 701], true],
  ['all are far behind', [5_601, 6_000], true],
] as const)('deliveries are outrun or not: %s', async (_what, lags, areOutrun) => {
  const deliveries = await setUp(...lags);
  expect(deliveries.areOutrun).toBe(areOutrun);
  const ended = new AbortController();
  ended.abort();
  await deliveries.stop(ended.signal, false);
});
