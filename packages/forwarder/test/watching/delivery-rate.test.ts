import { expect, test } from 'vitest';
import { DeliveryRate } from '../../src/watching/delivery-rate.js';

function rateOf(...samples: readonly (readonly [at: number, delivered: number])[]): DeliveryRate {
  const rate = new DeliveryRate();
  for (const [at, delivered] of samples) rate.note(delivered, at);
  return rate;
}

test.each([
  ['nothing was looked at', rateOf(), 100, 5_000, 0],
  ['less than a second', rateOf([0, 0]), 100, 999, 0],
  ['2 s since the start: 30 events', rateOf([0, 0], [1_000, 10]), 30, 2_000, 15],
  ['a third of an event per second', rateOf([0, 0]), 1, 3_000, 0.33],
  // 11 samples, at 0 s … 10 s; at 10.5 s the window begins at 0 s: 60 events in 10.5 s.
  ['between two samples', rateOf([0, 0], [5_000, 50], [10_000, 50]), 60, 10_500, 5.71],
  // The window begins at 10 s, where 100 were delivered.
  ['older than ten seconds does not count', rateOf([0, 0], [10_000, 100], [20_000, 120]), 120, 20_000, 2],
  ['nothing came for long', rateOf([0, 0], [1_000, 10], [60_000, 10]), 10, 70_000, 0],
  ['replaced: it counts from 0 again', rateOf([0, 1_000], [1_000, 0], [3_000, 8]), 8, 3_000, 4],
  ['replaced since the last sample', rateOf([0, 1_000], [5_000, 1_100]), 3, 6_000, 0],
  ['the clock was set back', rateOf([90_000, 0], [1_000, 10], [3_000, 14]), 14, 3_000, 2],
])('%s', (_name, rate, delivered, at, expected) => {
  expect(rate.at(delivered, at)).toBe(expected);
});
