import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { createEncoder, encodeBody, type EncodeOptions } from '../src/encode.js';
import { splitObjects } from './json-objects.js';

const DEFAULTS: EncodeOptions = { index: 'main', source: 'grantex', sourcetype: '_json' };

function eventOf(more: object = {}): GrantexEvent {
  return {
    id: 'evt_01JXYZ',
    type: 'grant.created',
    createdAt: '2026-03-01T12:00:00.123Z',
    data: { grantId: 'grnt_01', agentId: 'ag_01', principalId: 'user-123', scopes: ['calendar:read'] },
    ...more,
  } as unknown as GrantexEvent;
}

function encode(event: GrantexEvent, options: Partial<EncodeOptions> = {}, text = JSON.stringify(event)): unknown {
  return JSON.parse(createEncoder({ ...DEFAULTS, ...options })(event, text));
}

test('the envelope of the guide, with indexed fields', () => {
  expect(encode(eventOf(), { index: 'grantex' })).toEqual({
    time: 1772366400.123,
    source: 'grantex',
    sourcetype: '_json',
    index: 'grantex',
    fields: {
      event_id: 'evt_01JXYZ',
      event_type: 'grant.created',
      grant_id: 'grnt_01',
      agent_id: 'ag_01',
      principal_id: 'user-123',
    },
    event: eventOf(),
  });
});

test('host, source and sourcetype of one’s own, whatever letters they have', () => {
  const own = { host: 'auth "1"', source: 'a\\b', sourcetype: 'grantex:event' };
  expect(encode(eventOf(), own)).toMatchObject(own);
});

test('only the keys that HEC knows: behind an unknown one nothing is indexed, with a 200', () => {
  const keys = Object.keys(encode(eventOf({ extra: 1 }), { host: 'h' }) as object);
  expect(keys.toSorted()).toEqual(['event', 'fields', 'host', 'index', 'source', 'sourcetype', 'time']);
});

test.each([
  ['2026-03-01T12:00:00.123Z', '1772366400.123'],
  ['2026-03-01T12:00:00.100Z', '1772366400.1'],
  ['2026-03-01T12:00:00Z', '1772366400'],
  ['2026-03-01T13:00:00.001+01:00', '1772366400.001'],
  ['1969-12-31T23:59:59.500Z', '-0.5'],
])('createdAt %s is %s seconds', (createdAt, seconds) => {
  expect(createEncoder(DEFAULTS)(eventOf({ createdAt }), '{}')).toMatch(new RegExp(`^\\{"time":${seconds},"source"`));
});

test.each(['', 'yesterday', '2026-13-01T12:00:00Z'])('createdAt %j is no date: Splunk puts its own in', (createdAt) => {
  expect(encode(eventOf({ createdAt }))).not.toHaveProperty('time');
});

test.each([
  ['no ids', {}],
  ['ids that are no texts, which HEC would refuse with code 15', { grantId: { a: 1 }, agentId: 7, principalId: null }],
  ['empty ids', { grantId: '', agentId: '', principalId: '' }],
])('indexed fields: %s', (_what, data) => {
  expect(encode(eventOf({ data }))).toMatchObject({
    fields: { event_id: 'evt_01JXYZ', event_type: 'grant.created' },
  });
  expect(Object.keys((encode(eventOf({ data })) as { fields: object }).fields)).toHaveLength(2);
});

test('the event is in it to the byte as it came', () => {
  const text = '{ "id":"evt_01JXYZ",\n\t"n": 1.0, "big": 12345678901234567890, "u":"\\u00e4 ä 𝄞 \\"}{" }';
  const record = createEncoder(DEFAULTS)(eventOf(), text);
  expect(record.endsWith(`,"event":${text}}`)).toBe(true);
});

test('a body is envelopes one after the other, which can be told apart whatever is in them', () => {
  const encoder = createEncoder(DEFAULTS);
  const records = ['{\n"a":1}', '{"b":"}{\\"\\\\"}', '{}'].map((text) => encoder(eventOf(), text));
  const body = Buffer.from(encodeBody(records)).toString();
  expect(body.startsWith('[')).toBe(false);
  expect(splitObjects(body)).toEqual(records);
});
