import { expect, test } from 'vitest';
import { runCrash } from './crash-run.ts';
import { runTakeover } from './takeover-run.ts';

const TIMEOUT_MS = 60_000;

test('ten kills under load lose nothing that the journal has acknowledged', { timeout: TIMEOUT_MS }, async () => {
  const { faults } = await runCrash({ kills: 10, eventsPerSecond: 2_000, seed: 7, latestKillMs: 700 });
  expect(faults).toEqual([]);
});

test('the check finds what a journal in memory loses', { timeout: TIMEOUT_MS }, async () => {
  const { faults } = await runCrash({
    kills: 2,
    eventsPerSecond: 2_000,
    seed: 7,
    latestKillMs: 300,
    journal: 'memory',
  });
  expect(faults).not.toEqual([]);
});

test('two takeovers under load lose nothing, repeat nothing and leave no gap', { timeout: TIMEOUT_MS }, async () => {
  const { faults } = await runTakeover({ takeovers: 2, eventsPerSecond: 2_000, seed: 7, overlapMs: 1_500 });
  expect(faults).toEqual([]);
});
