import type { GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { toCloudEvent } from '../src/cloud-events.js';
import { encodeBody, encodeEvent, FORMATS, type Format } from '../src/encode.js';

const SOURCE = 'https://api.grantex.dev';
const created = {
  id: 'evt_01JXYZ00000000000000000000',
  type: 'grant.created',
  createdAt: '2026-03-01T12:00:00.123Z',
  data: { grantId: 'grnt_01', agentId: 'ag_01', principalId: 'user-123', scopes: ['calendar:read'] },
} as unknown as GrantexEvent;
const text = JSON.stringify(created);

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString();
}

function record(format: Format, given = text): string {
  return encodeEvent(created, given, { format, source: SOURCE });
}

test.each([
  ['array', `[${text},${text}]`],
  ['ndjson', `${text}\n${text}\n`],
] as const)('%s: a body of two', (format, body) => {
  expect(textOf(encodeBody([record(format), record(format)], format))).toBe(body);
});

test('event: the body is the event', () => {
  expect(textOf(encodeBody([record('event')], 'event'))).toBe(text);
});

test('cloudevents-batch: a JSON array of CloudEvents', () => {
  const body = textOf(encodeBody([record('cloudevents-batch'), record('cloudevents-batch')], 'cloudevents-batch'));
  expect(JSON.parse(body)).toEqual([
    JSON.parse(toCloudEvent(created, SOURCE)),
    JSON.parse(toCloudEvent(created, SOURCE)),
  ]);
});

test.each(FORMATS.filter((format) => format !== 'cloudevents-batch'))(
  '%s: the event’s own text, to the byte',
  (format) => {
    const odd = '{ "id":"evt_1",\t"n": 1.0, "big": 12345678901234567890, "s": "Zoë \\u2028 \\n \\"q\\" 😀" }';
    expect(record(format, odd)).toBe(odd);
  },
);

test('ndjson: an event that came on several lines is one line', () => {
  const spread = '{\n  "id": "evt_1",\r\n  "s": "a\\nb"\n}';
  const line = record('ndjson', spread);
  expect(line).not.toMatch(/[\r\n]/);
  expect(JSON.parse(line)).toEqual(JSON.parse(spread));
});

test('a CloudEvent has the attributes of the specification', () => {
  expect(JSON.parse(toCloudEvent(created, SOURCE))).toEqual({
    specversion: '1.0',
    id: 'evt_01JXYZ00000000000000000000',
    source: SOURCE,
    type: 'dev.grantex.grant.created',
    subject: 'grnt_01',
    time: '2026-03-01T12:00:00.123Z',
    datacontenttype: 'application/json',
    data: created.data,
  });
});

test('a CloudEvent of the same event is the same, so that source and id find repeats', () => {
  expect(toCloudEvent(created, SOURCE)).toBe(toCloudEvent(JSON.parse(text) as GrantexEvent, SOURCE));
});

test.each([
  [{ grantId: 'grnt_01', agentId: 'ag_01' }, 'grnt_01'],
  [{ agentId: 'ag_01', principalId: 'user-1' }, 'ag_01'],
  [{ principalId: 'user-1' }, 'user-1'],
  [{ grantId: '', agentId: 'ag_01' }, 'ag_01'],
  [{ grantId: 7 }, undefined],
  [{}, undefined],
])('the subject of %j is %s', (data, subject) => {
  const event = { ...created, data } as unknown as GrantexEvent;
  expect((JSON.parse(toCloudEvent(event, SOURCE)) as { subject?: string }).subject).toBe(subject);
});

test.each([
  ['2026-03-01T12:00:00Z', true],
  ['2026-03-01T14:00:00.5+02:00', true],
  ['2026-03-01', false],
  ['2026-13-01T12:00:00Z', false],
  ['Sun, 01 Mar 2026 12:00:00 GMT', false],
  ['', false],
])('createdAt %j is a time of CloudEvents: %s', (createdAt, isTime) => {
  const cloudEvent = JSON.parse(toCloudEvent({ ...created, createdAt }, SOURCE)) as { time?: string };
  expect(cloudEvent.time).toBe(isTime ? createdAt : undefined);
});
