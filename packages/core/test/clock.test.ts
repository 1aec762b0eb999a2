import { systemClock } from '@grantex/core';
import { expect, test, vi } from 'vitest';
import { OwnTimers } from './own-timers.js';

test('now() is the time of day', () => {
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(50);
});

test('sleep() takes as long as it says', async () => {
  const begin = performance.now();
  await systemClock.sleep(50);
  expect(performance.now() - begin).toBeGreaterThanOrEqual(49);
  expect(performance.now() - begin).toBeLessThan(500);
});

test.each([0, -1, -Infinity])('a sleep of %d ms is over at once', async (ms) => {
  const begin = performance.now();
  await systemClock.sleep(ms);
  expect(performance.now() - begin).toBeLessThan(20);
});

test("a sleep that is aborted rejects at once with the signal's reason, and leaves no timer", async () => {
  const controller = new AbortController();
  const reason = new Error('stopped');
  using timers = new OwnTimers();
  const sleeping = timers.during(() => systemClock.sleep(60_000, controller.signal));
  expect(timers.pending).toBe(1);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, controller.signal)).rejects.toBe(reason);
  await expect(systemClock.sleep(0, controller.signal)).rejects.toBe(reason);
  await vi.waitUntil(() => timers.pending === 0); // At once, while the sleep would have taken a minute.
});

test('many sleeps leave no listeners on a signal that lives long', async () => {
  const { signal } = new AbortController();
  const [add, remove] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
  await Promise.all(Array.from({ length: 20 }, () => systemClock.sleep(1, signal)));
  expect(add).toHaveBeenCalledTimes(20);
  expect(remove).toHaveBeenCalledTimes(20);
});

test.each([2 ** 31, 2 ** 40, Infinity])(
  'a sleep longer than a timer can be (%d ms) does not end at once',
  async (ms) => {
    const controller = new AbortController();
    let over = false;
    const sleeping = systemClock.sleep(ms, controller.signal).then(
      () => (over = true),
      () => {}, // Aborted below.
    );
    await systemClock.sleep(30);
    expect(over).toBe(false);
    controller.abort();
    await sleeping;
  },
);
