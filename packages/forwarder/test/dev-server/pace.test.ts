import { expect, test } from 'vitest';
import { eventsDue } from '../../src/dev-server/pace.js';

test('steady: so many a second, from the start on', () => {
  expect(eventsDue(0, 2, true)).toBe(0);
  expect(eventsDue(499, 2, true)).toBe(0);
  expect(eventsDue(500, 2, true)).toBe(1);
  expect(eventsDue(10_000, 0.5, true)).toBe(5);
});

test('with bursts the average is kept, and the last second of a half minute has a fifth of the events more', () => {
  expect(eventsDue(30_000, 100, false)).toBe(3_000);
  expect(eventsDue(3_600_000, 100, false)).toBe(360_000);
  const calm = eventsDue(11_000, 100, false) - eventsDue(10_000, 100, false);
  const burst = eventsDue(30_000, 100, false) - eventsDue(29_000, 100, false);
  expect(calm).toBe(80);
  expect(burst).toBe(680);
});

test('never less than a moment before', () => {
  let before = 0;
  for (let ms = 0; ms < 70_000; ms += 7) {
    const due = eventsDue(ms, 33, false);
    expect(due).toBeGreaterThanOrEqual(before);
    before = due;
  }
});
