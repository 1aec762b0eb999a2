import type { GrantexEvent } from '@grantex/core';
import { makeEvent, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { encodeEvent, type EncodeOptions } from '../src/encode.js';

const DEFAULTS: EncodeOptions = {
  key: ['grantId', 'agentId', 'principalId'],
  format: 'event',
  source: 'https://api.grantex.dev',
};
const CREATED = '2026-03-01T12:00:00.250Z';
const NOW = Date.parse(CREATED) + 5_000;

const revoked = {
  id: 'evt_01',
  type: 'grant.revoked',
  createdAt: CREATED,
  data: { grantId: 'grnt_01', cascade: true },
} as GrantexEvent;
const text = `{"id":"evt_01", "type":"grant.revoked","createdAt":"${CREATED}","data":{"grantId":"grnt_01","cascade":true}}`;

function encode(event: GrantexEvent, options: Partial<EncodeOptions> = {}, now = NOW) {
  return encodeEvent(event, event === revoked ? text : JSON.stringify(event), now, { ...DEFAULTS, ...options });
}

test('an event: its own text, two headers, its own time', () => {
  expect(encode(revoked)).toEqual({
    key: 'grnt_01',
    value: text,
    headers: { 'event-type': 'grant.revoked', 'event-id': 'evt_01' },
    timestamp: String(Date.UTC(2026, 2, 1, 12, 0, 0, 250)),
    bytes: expect.any(Number),
  });
});

test.each([
  [{ grantId: 'g', agentId: 'a', principalId: 'p' }, undefined, 'g'],
  [{ agentId: 'a', principalId: 'p' }, undefined, 'a'],
  [{ principalId: 'p' }, undefined, 'p'],
  [{ vcId: 'v' }, undefined, 'evt_k'],
  [{ grantId: '', agentId: 7, principalId: 'p' }, undefined, 'p'],
  [{ grantId: 'g', agentId: 'a' }, ['agentId'], 'a'],
  [{ grantId: 'g' }, [], 'evt_k'],
  [{ grantId: 'g' }, ['constructor'], 'evt_k'],
])('key of %j by %j: %s', (data, key, wanted) => {
  const event = { id: 'evt_k', type: 'vc.issued', createdAt: CREATED, data } as unknown as GrantexEvent;
  expect(encode(event, key === undefined ? {} : { key }).key).toBe(wanted);
});

test('a CloudEvent in one piece', () => {
  const { value, headers } = encode(revoked, { format: 'cloudevents' });
  expect(JSON.parse(value)).toEqual({
    specversion: '1.0',
    id: 'evt_01',
    source: 'https://api.grantex.dev',
    type: 'dev.grantex.grant.revoked',
    subject: 'grnt_01',
    time: CREATED,
    datacontenttype: 'application/json',
    data: { grantId: 'grnt_01', cascade: true },
  });
  expect(headers).toEqual({
    'event-type': 'grant.revoked',
    'event-id': 'evt_01',
    'content-type': 'application/cloudevents+json; charset=UTF-8',
  });
});

test('a CloudEvent whose attributes are headers', () => {
  const { value, headers } = encode(revoked, { format: 'cloudevents-binary', source: 'urn:here' });
  expect(JSON.parse(value)).toEqual({ grantId: 'grnt_01', cascade: true });
  expect(headers).toEqual({
    'event-type': 'grant.revoked',
    'event-id': 'evt_01',
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: 'evt_01',
    ce_source: 'urn:here',
    ce_type: 'dev.grantex.grant.revoked',
    ce_subject: 'grnt_01',
    ce_time: CREATED,
  });
});

test('a CloudEvent of an event without a subject and without a time leaves both out', () => {
  const event = { id: 'evt_x', type: 'vc.issued', createdAt: 'yesterday', data: {} } as unknown as GrantexEvent;
  const { headers } = encode(event, { format: 'cloudevents-binary' });
  expect(Object.keys(headers).filter((name) => name.startsWith('ce_'))).toEqual([
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
  ]);
});

test.each([
  ['a time in the future', '2030-01-01T00:00:00Z', NOW],
  ['no time', 'yesterday', NOW],
  ['a time before 1970', '1969-12-31T23:59:59Z', NOW],
])('%s: the time of the message is now', (_, createdAt, wanted) => {
  expect(encode({ ...revoked, createdAt }).timestamp).toBe(String(wanted));
});

test('no record is larger than its size says', () => {
  for (const event of [...makeEvents(200), makeEvent('sso.login', { data: { email: 'ü'.repeat(70_000) } })]) {
    for (const format of ['event', 'cloudevents', 'cloudevents-binary'] as const) {
      const { key, value, headers, bytes } = encode(event as unknown as GrantexEvent, { format });
      expect(recordSize(key, value, headers)).toBeLessThanOrEqual(bytes);
    }
  }
});

/** A record as Kafka's message format has it, with the largest deltas of time and offset. */
function recordSize(key: string, value: string, headers: Readonly<Record<string, string>>): number {
  const field = (part: string): number => varintSize(Buffer.byteLength(part)) + Buffer.byteLength(part);
  const all = Object.entries(headers).reduce((sum, [name, header]) => sum + field(name) + field(header), 0);
  const body = 1 + varintSize(2 ** 32) + varintSize(10_000) + field(key) + field(value) + varintSize(20) + all;
  return varintSize(body) + body;
}

function varintSize(value: number): number {
  return Math.max(1, Math.ceil(Math.log2(2 * value + 1) / 7));
}
