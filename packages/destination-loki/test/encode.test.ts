import { DestinationError, type GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { encodeEvent, encodePush, MAX_LINE_BYTES, type LokiEntry } from '../src/encode.js';
import { streamLabels } from '../src/labels.js';
import type { Push } from './rig.js';

const created = {
  id: 'evt_01JXYZ00000000000000000000',
  type: 'grant.created',
  createdAt: '2026-03-01T12:00:00.123Z',
  data: { grantId: 'grnt_01', agentId: 'ag_01', principalId: 'user-123', scopes: ['calendar:read'] },
} as unknown as GrantexEvent;
const text = JSON.stringify(created);

function entryOf(event: GrantexEvent, line = JSON.stringify(event), structuredMetadata = true): unknown[] {
  return JSON.parse(encodeEvent(event, line, structuredMetadata).json) as unknown[];
}

test('an entry: time in nanoseconds, the event’s own text, type and ids', () => {
  expect(entryOf(created)).toEqual([
    '1772366400123000000',
    text,
    {
      event_type: 'grant.created',
      event_id: 'evt_01JXYZ00000000000000000000',
      grant_id: 'grnt_01',
      agent_id: 'ag_01',
      principal_id: 'user-123',
    },
  ]);
});

test('without structured metadata there are time and line only', () => {
  expect(entryOf(created, text, false)).toEqual(['1772366400123000000', text]);
});

test.each([
  ['1970-01-01T00:00:00.000Z', '0'],
  ['1970-01-01T00:00:00.001Z', '1000000'],
  ['2026-03-01T14:00:00.5+02:00', '1772366400500000000'],
  ['2262-04-11T23:47:16.854Z', '9223372036854000000'],
])('createdAt %s is %s', (createdAt, nanoseconds) => {
  expect(entryOf({ ...created, createdAt })[0]).toBe(nanoseconds);
});

test('an event without a date cannot be stored, and says so', () => {
  const event = { ...created, createdAt: 'yesterday' };
  expect(() => encodeEvent(event, text, true)).toThrow('createdAt is no date');
});

test('a line is as it came, to the byte', () => {
  const odd = '{ "id":"evt_1",\t"n": 1.0, "big": 12345678901234567890, "s": "Zoë \\u2028 \\n \\"q\\" 😀" }';
  expect(entryOf(created, odd)[1]).toBe(odd);
});

test('a line may have 256 KiB; a longer one is not sent, since Loki might cut it off', () => {
  const longest = 'ä'.repeat(MAX_LINE_BYTES / 2);
  expect(entryOf(created, longest)[1]).toBe(longest);
  const attempt = (): unknown => encodeEvent(created, `${longest}x`, true);
  expect(attempt).toThrow(DestinationError);
  expect(attempt).toThrow('the event has 262145 bytes; Loki takes lines of 262144 bytes at most (max_line_size)');
});

test.each([
  ['a number', 7],
  ['nothing', undefined],
  ['null', null],
  ['an empty text', ''],
  ['an object', { id: 'grnt_01' }],
  ['a text that is no id', 'x'.repeat(2_049)],
])('a grantId that is %s is no metadata', (_what, grantId) => {
  const event = { ...created, data: { grantId, developerId: 'dev_01' } } as unknown as GrantexEvent;
  expect(entryOf(event)[2]).toEqual({ event_type: created.type, event_id: created.id, developer_id: 'dev_01' });
});

test('bytes are those of the entry in UTF-8, and the time is kept for the order', () => {
  const { json, bytes, time } = encodeEvent({ ...created, id: 'évt_1' }, '"ä€😀"', true);
  expect(bytes).toBe(Buffer.from(json).length);
  expect(time).toBe(Date.UTC(2026, 2, 1, 12, 0, 0, 123));
});

test('the same event gives the same bytes, from whichever copy', () => {
  expect(encodeEvent(JSON.parse(text) as GrantexEvent, text, true)).toEqual(encodeEvent(created, text, true));
});

function entryAt(second: number, line: string): LokiEntry {
  return encodeEvent({ ...created, createdAt: `2026-03-01T12:00:0${second}Z` }, line, false);
}

test('a push: one stream, the oldest entry first, those of one moment as they came', () => {
  const push = encodePush(streamLabels({ env: 'prod' }), [
    entryAt(2, 'c'),
    entryAt(1, 'a'),
    entryAt(3, 'd'),
    entryAt(1, 'b'),
  ]);
  expect(JSON.parse(Buffer.from(push).toString()) as Push).toEqual({
    streams: [
      {
        stream: { env: 'prod', service_name: 'grantex', source: 'grantex' },
        values: [
          ['1772366401000000000', 'a'],
          ['1772366401000000000', 'b'],
          ['1772366402000000000', 'c'],
          ['1772366403000000000', 'd'],
        ],
      },
    ],
  });
});
