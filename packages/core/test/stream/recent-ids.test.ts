import { expect, test } from 'vitest';
import { RecentIds } from '../../src/stream/recent-ids.js';

test('an id is new once', () => {
  const recent = new RecentIds();
  expect([recent.add('a'), recent.add('b'), recent.add('a'), recent.add('a')]).toEqual([true, true, false, false]);
});

test('what an earlier run appended last is known', () => {
  const recent = new RecentIds(['a', 'b']);
  expect([recent.add('a'), recent.add('b'), recent.add('c')]).toEqual([false, false, true]);
});

test.each([100_000, 100_001, 150_000, 199_999, 200_000, 250_000])(
  'after %i ids the last 100,000 are known',
  (count) => {
    const recent = new RecentIds();
    for (let number = 0; number < count; number++) recent.add(`evt_${number}`);
    let unknown = 0;
    for (let number = count - 100_000; number < count; number++) if (recent.add(`evt_${number}`)) unknown++;
    expect(unknown).toBe(0);
  },
);

test('the oldest are forgotten: a million ids take no more memory than two hundred thousand', () => {
  const recent = new RecentIds();
  for (let number = 0; number < 1_000_000; number++) recent.add(`evt_${number}`);
  let known = 0;
  for (let number = 0; number < 800_000; number++) if (!recent.add(`evt_${number}`)) known++;
  expect(known).toBe(0);
});
