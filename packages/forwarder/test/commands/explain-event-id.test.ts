import { expect, test } from 'vitest';
import { isBetween, timeOfEventId } from '../../src/commands/explain/event-id.js';

test('the time of an event id is that of its ULID', () => {
  // The example of github.com/ulid/javascript: ulid(1469918176385) begins with 01ARYZ6S41.
  expect(timeOfEventId('evt_01ARYZ6S410000000000000000')).toBe(1_469_918_176_385);
  expect(timeOfEventId('evt_01aryz6s410000000000000000')).toBe(1_469_918_176_385);
  expect(timeOfEventId('evt_00000000000000000000000000')).toBe(0);
  expect(timeOfEventId('evt_7ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBe(2 ** 48 - 1);
});

test('what is no event id has no time', () => {
  const wrong = [
    '',
    'evt_',
    'evt_8ZZZZZZZZZZZZZZZZZZZZZZZZZ',
    'evt_01ARYZ6S4I0000000000000000',
    '01ARYZ6S410000000000000000',
  ];
  for (const id of wrong) expect(timeOfEventId(id)).toBeUndefined();
});

test('ids are ordered by time, both ends included', () => {
  const [first, middle, last] = ['01ARYZ6S41', '01ARYZ6S42', '01ARYZ6S4Z'].map((time) => `evt_${time}0000000000000000`);
  if (first === undefined || middle === undefined || last === undefined) throw new Error('three ids are needed');
  expect([first, middle, last].map((id) => isBetween(id, first, last))).toEqual([true, true, true]);
  expect(isBetween(first, middle, last)).toBe(false);
  expect(isBetween(last, first, middle)).toBe(false);
});
