import { createRequire } from 'node:module';
import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { encodeInsert, microsOf } from '../src/encode.js';
import { encodeRow, ROW_DESCRIPTOR } from '../src/protobuf.js';

const EVENT = {
  id: 'evt_01JXYZ',
  type: 'grant.created',
  createdAt: '2026-03-01T12:00:00.123Z',
  data: { grantId: 'grnt_01', scopes: ['a', 'ü'], nested: { n: 1.5 } },
} as unknown as GrantexEvent;

function eventAt(createdAt: string): GrantexEvent {
  return { ...EVENT, createdAt };
}

test('a row of insertAll', () => {
  expect(JSON.parse(encodeInsert(EVENT))).toEqual({
    insertId: 'evt_01JXYZ',
    json: {
      event_id: 'evt_01JXYZ',
      event_type: 'grant.created',
      created_at: '2026-03-01T12:00:00.123000Z',
      data: '{"grantId":"grnt_01","scopes":["a","ü"],"nested":{"n":1.5}}',
    },
  });
});

test('an id that is too long for an insertId is hashed there, and kept in its column', () => {
  const long = 'x'.repeat(129);
  const { insertId, json } = JSON.parse(encodeInsert({ ...EVENT, id: long })) as {
    insertId: string;
    json: { event_id: string };
  };
  expect(json.event_id).toBe(long);
  expect(insertId).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.parse(encodeInsert({ ...EVENT, id: 'y'.repeat(128) }))).toMatchObject({ insertId: 'y'.repeat(128) });
});

test.each([
  ['2026-03-01T12:00:00Z', 1_772_366_400_000_000n, '2026-03-01T12:00:00.000000Z'],
  ['2026-03-01T12:00:00.5Z', 1_772_366_400_500_000n, '2026-03-01T12:00:00.500000Z'],
  ['2026-03-01T14:00:00.123456+02:00', 1_772_366_400_123_456n, '2026-03-01T12:00:00.123456Z'],
  ['2026-03-01t12:00:00.123456789z', 1_772_366_400_123_456n, '2026-03-01T12:00:00.123456Z'],
  ['1969-12-31T23:59:59.999999Z', -1n, '1969-12-31T23:59:59.999999Z'],
])('createdAt %s', (createdAt, micros, text) => {
  expect(microsOf(createdAt)).toBe(micros);
  expect(JSON.parse(encodeInsert(eventAt(createdAt)))).toMatchObject({ json: { created_at: text } });
  expect(decode(encodeRow(eventAt(createdAt)))).toMatchObject({ createdAt: String(micros) });
});

test.each(['', 'yesterday', '2026-03-01', '2026-03-01T12:00:00', '2026-13-01T12:00:00Z', '1772366400'])(
  'createdAt %j is no time: the one event cannot be encoded',
  (createdAt) => {
    for (const encode of [encodeInsert, encodeRow]) {
      expect(() => encode(eventAt(createdAt))).toThrow(/createdAt is no RFC 3339 time/);
    }
  },
);

test('a row of the Storage Write API, read by another implementation of protobuf', () => {
  expect(decode(encodeRow(EVENT))).toEqual({
    eventId: 'evt_01JXYZ',
    eventType: 'grant.created',
    createdAt: '1772366400123000',
    data: '{"grantId":"grnt_01","scopes":["a","ü"],"nested":{"n":1.5}}',
  });
});

test.each([0, 127, 128, 16_384, 2_000_000])('a value of %d characters', (length) => {
  const data = { text: 'é'.repeat(length) };
  expect(decode(encodeRow({ ...EVENT, data } as unknown as GrantexEvent))['data']).toBe(JSON.stringify(data));
});

test('an event without data', () => {
  const { data: _none, ...event } = EVENT as { data?: unknown };
  expect(JSON.parse(encodeInsert(event as unknown as GrantexEvent))).toMatchObject({ json: { data: 'null' } });
});

interface Protobuf {
  readonly Type: new (name: string) => MessageType;
  readonly Field: new (name: string, number: number, type: string) => unknown;
}

interface MessageType {
  add(field: unknown): MessageType;
  decode(bytes: Uint8Array): unknown;
  toObject(message: unknown, options: object): Record<string, unknown>;
}

/** By protobufjs, which Google's client brings, with the fields as the descriptor names them to BigQuery. */
function decode(bytes: Uint8Array): Record<string, unknown> {
  const here = createRequire(import.meta.url);
  const { protobuf } = createRequire(here.resolve('@google-cloud/bigquery-storage'))('google-gax') as {
    readonly protobuf: Protobuf;
  };
  const typeNames: Record<number, string> = { 3: 'int64', 9: 'string' };
  const type = new protobuf.Type(ROW_DESCRIPTOR.name);
  for (const { name, number, type: kind } of ROW_DESCRIPTOR.field) {
    const camelCase = name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
    type.add(new protobuf.Field(camelCase, number, typeNames[kind] ?? ''));
  }
  return type.toObject(type.decode(bytes), { longs: String });
}
