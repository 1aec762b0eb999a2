import { test as sequentialTest } from 'vitest';
import { runAlternate } from './alternate-run.ts';
import { runHalfOpen } from './half-open-run.ts';
import { runTotal } from './total-run.ts';

/** Most of their time they wait, so they go side by side. */
const test = sequentialTest.concurrent;
const TIMEOUT_MS = 60_000;
const LOAD = { eventsPerSecond: 2_000, seed: 7, transports: ['sse', 'websocket'] } as const;
const HALF_OPEN = { eventsPerSecond: 200, seed: 7, freezes: 1, silenceTimeoutMs: 1_500, firstByteTimeoutMs: 1_500 };

test(
  'cuts of one of two connections lose nothing, repeat nothing and leave no gap',
  { timeout: TIMEOUT_MS },
  async ({ expect }) => {
    const { faults } = await runAlternate({ ...LOAD, events: 8_000, every: 2_500 });
    expect(faults).toEqual([]);
  },
);

test('the check finds what is missing with one connection', { timeout: TIMEOUT_MS }, async ({ expect }) => {
  const { faults } = await runAlternate({ ...LOAD, events: 8_000, every: 2_500, connections: 1 });
  expect(faults).not.toEqual([]);
});

test.for([1, 2])(
  'what is missing lies in a gap: all of %i connections cut',
  { timeout: TIMEOUT_MS },
  async (connections, { expect }) => {
    const { faults } = await runTotal({ ...LOAD, events: 6_000, every: 2_500, connections });
    expect(faults).toEqual([]);
  },
);

test.for(['sse', 'websocket'] as const)(
  'a half-open %s connection is a gap',
  { timeout: TIMEOUT_MS },
  async (transport, { expect }) => {
    const { faults } = await runHalfOpen({ ...HALF_OPEN, transports: [transport], connections: 1, silent: 'one' });
    expect(faults).toEqual([]);
  },
);

test(
  'while one of two is half-open nothing is lost, and there is no gap',
  { timeout: TIMEOUT_MS },
  async ({ expect }) => {
    const { faults } = await runHalfOpen({ ...HALF_OPEN, transports: LOAD.transports, connections: 2, silent: 'one' });
    expect(faults).toEqual([]);
  },
);

test('two connections that fall silent together are a gap', { timeout: TIMEOUT_MS }, async ({ expect }) => {
  const { faults } = await runHalfOpen({ ...HALF_OPEN, transports: LOAD.transports, connections: 2, silent: 'all' });
  expect(faults).toEqual([]);
});
