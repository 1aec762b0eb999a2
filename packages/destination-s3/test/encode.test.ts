import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { encodeBody, encodeEvent, partitionOf } from '../src/encode.js';

function at(createdAt: string): GrantexEvent {
  return { id: 'evt_1', type: 'grant.created', createdAt, data: {} } as unknown as GrantexEvent;
}

test('a line is the text as it came', () => {
  const text = '{"id":"evt_1", "data":{"note":"a\\nb \\u2028 ä"}}';
  expect(encodeEvent(text)).toBe(text);
});

test.each(['\n', '\r\n', '\n\n  '])('line breaks between the parts of a text do not end the line (%j)', (br) => {
  const line = encodeEvent(`{"id":"evt_1",${br}"data":{}}${br}`);
  expect(line).not.toMatch(/[\r\n]/);
  expect(JSON.parse(line)).toEqual({ id: 'evt_1', data: {} });
});

test('every line is ended, the last one too', () => {
  expect(Buffer.from(encodeBody(['{"a":1}', '{"b":2}'])).toString()).toBe('{"a":1}\n{"b":2}\n');
});

test.each([
  ['2026-03-01T12:00:00Z', 'dt=2026-03-01/', 'dt=2026-03-01/hour=12/'],
  ['2026-03-01T12:00:00.123Z', 'dt=2026-03-01/', 'dt=2026-03-01/hour=12/'],
  // Midnight in UTC is what counts.
  ['2026-03-01T23:59:59.999Z', 'dt=2026-03-01/', 'dt=2026-03-01/hour=23/'],
  ['2026-03-02T00:00:00.000Z', 'dt=2026-03-02/', 'dt=2026-03-02/hour=00/'],
  ['2026-03-02T01:30:00+02:00', 'dt=2026-03-01/', 'dt=2026-03-01/hour=23/'],
  ['2025-12-31T20:00:00-05:00', 'dt=2026-01-01/', 'dt=2026-01-01/hour=01/'],
  // No time, no zone, or no such day: kept, where Hive keeps what has no value.
  ['yesterday', 'dt=__HIVE_DEFAULT_PARTITION__/', 'dt=__HIVE_DEFAULT_PARTITION__/hour=__HIVE_DEFAULT_PARTITION__/'],
  [
    '2026-03-01T12:00:00',
    'dt=__HIVE_DEFAULT_PARTITION__/',
    'dt=__HIVE_DEFAULT_PARTITION__/hour=__HIVE_DEFAULT_PARTITION__/',
  ],
  [
    '2026-13-01T12:00:00Z',
    'dt=__HIVE_DEFAULT_PARTITION__/',
    'dt=__HIVE_DEFAULT_PARTITION__/hour=__HIVE_DEFAULT_PARTITION__/',
  ],
])('folders of %s', (createdAt, day, hour) => {
  expect(partitionOf(at(createdAt), 'day')).toBe(day);
  expect(partitionOf(at(createdAt), 'hour')).toBe(hour);
});
