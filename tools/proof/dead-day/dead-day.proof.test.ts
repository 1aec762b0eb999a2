import { expect, test } from 'vitest';
import { runDeadDay, type DayOptions } from './day-run.ts';
import { faultsOf } from './faults.ts';

/** The whole day with its 18 hours, and fewer events: one a second, in groups of a minute. */
const SCALED: DayOptions = {
  group: 60,
  everyMs: 60_000,
  maxBytes: 1_000_000_000,
  maxEventsPerSecond: 500,
  batchSize: 250,
  // Each attempt is a real one.
  mostBackoffMs: 300_000,
};
const TIMEOUT_MS = 240_000;
const DAY_SECONDS = 86_400;

test(
  'a day without Datadog: memory flat, disk as computed, caught up in order and at the rate, all dates taken, nobody else late',
  { timeout: TIMEOUT_MS },
  async () => {
    const result = await runDeadDay(SCALED);
    expect(faultsOf(result, SCALED)).toEqual([]);
    expect(result.full).toMatchObject({ lag: DAY_SECONDS });
    expect(result.overrun).toBe(0);
  },
);

test(
  'with a journal too small for the day the oldest events are passed over, and counted exactly',
  { timeout: TIMEOUT_MS },
  async () => {
    const small = { ...SCALED, maxBytes: 10_000_000 };
    const result = await runDeadDay(small);
    expect(faultsOf(result, small)).toEqual([]);
    expect(result.overrun).toBeGreaterThan(0);
    expect(result.intake.indexed).toBe(result.published - result.overrun);
  },
);
