import { describe, expect, test } from 'vitest';
import { AppendTimes } from '../../src/watching/append-times.js';

test('nothing is known before the first look', () => {
  expect(new AppendTimes().of(1)).toBeUndefined();
});

describe('looks at 1000 ms (head 10), 2000 ms (head 10), 3000 ms (head 14), 4000 ms (head 20)', () => {
  const times = new AppendTimes();
  for (const [at, head] of [
    [1_000, 10],
    [2_000, 10],
    [3_000, 14],
    [4_000, 20],
  ] as const) {
    times.note({ head, at });
  }
  test.each([
    [1, 1_000],
    [10, 1_000],
    [11, 3_000],
    [14, 3_000],
    [15, 4_000],
    [20, 4_000],
    [21, undefined],
  ])('position %d was there at %s', (position, at) => {
    expect(times.of(position)).toBe(at);
  });
});

test('another journal, with a lower head, begins anew', () => {
  const times = new AppendTimes();
  times.note({ head: 50, at: 1_000 });
  times.note({ head: 3, at: 9_000 });
  expect([times.of(2), times.of(50)]).toEqual([9_000, undefined]);
});

test('a clock that is set back does not disturb the order', () => {
  const times = new AppendTimes();
  times.note({ head: 1, at: 5_000 });
  times.note({ head: 2, at: 4_000 });
  times.note({ head: 3, at: 6_000 });
  expect([times.of(1), times.of(2), times.of(3)]).toEqual([5_000, 5_000, 6_000]);
});

test('a week of an event a second: exact for the last minute, to a 64th of the age before', () => {
  const times = new AppendTimes();
  const week = 7 * 24 * 3_600;
  for (let second = 1; second <= week; second++) times.note({ head: second, at: second * 1_000 });
  const error = (age: number): number => (times.of(week - age) ?? Infinity) / 1_000 - (week - age);
  for (let age = 0; age < 60; age++) expect(error(age)).toBe(0);
  for (let age = 60; age < week; age = Math.ceil(age * 1.01)) {
    expect(error(age)).toBeGreaterThanOrEqual(0);
    expect(error(age)).toBeLessThanOrEqual(age / 64);
  }
});

test('a quiet stream, an event an hour for a year: every time is within a 64th of its age', () => {
  const times = new AppendTimes();
  const hours = 365 * 24;
  for (let hour = 1; hour <= hours; hour++) times.note({ head: hour, at: hour });
  for (let age = 0; age < hours; age += 7) {
    const error = (times.of(hours - age) ?? Infinity) - (hours - age);
    expect(error).toBeGreaterThanOrEqual(0);
    expect(error).toBeLessThanOrEqual(age / 64);
  }
});
