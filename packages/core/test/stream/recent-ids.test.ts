import { describe, expect, test } from 'vitest';
import { RecentIds } from '../../src/stream/recent-ids.js';

/** In the event server's form. */
function serverId(number: number): string {
  return `evt_01KJMMA2G093MF83F0PY${String(number).padStart(6, '0')}`;
}

const forms = { 'the server’s': serverId, another: (number: number) => `evt_${number}` };

test('an id is new once', () => {
  const recent = new RecentIds();
  expect([recent.add('a'), recent.add('b'), recent.add('a'), recent.add('a')]).toEqual([true, true, false, false]);
});

test('what an earlier run appended last is known', () => {
  const recent = new RecentIds(['a', 'b']);
  expect([recent.add('a'), recent.add('b'), recent.add('c')]).toEqual([false, false, true]);
});

describe.each(Object.entries(forms))('ids of %s form', (_form, makeId) => {
  test.each([100_001, 250_000])('after %i of them the last 100,000 are known', (count) => {
    const recent = new RecentIds();
    for (let number = 0; number < count; number++) recent.add(makeId(number));
    let unknown = 0;
    for (let number = count - 100_000; number < count; number++) if (recent.add(makeId(number))) unknown++;
    expect(unknown).toBe(0);
  });

  test('the oldest are forgotten: three hundred thousand take no more memory than two hundred thousand', () => {
    const recent = new RecentIds();
    for (let number = 0; number < 300_000; number++) recent.add(makeId(number));
    let known = 0;
    for (let number = 0; number < 100_000; number++) if (!recent.add(makeId(number))) known++;
    expect(known).toBe(0);
  });
});
