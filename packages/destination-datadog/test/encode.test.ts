import { DestinationError, type GrantexEvent } from '@grantex/core';
import { expect, test } from 'vitest';
import { createEncoder, isOutsideAcceptedDates, type EncodeOptions, type LogRecord } from '../src/encode.js';

const options: EncodeOptions = {
  service: 'grantex',
  source: 'grantex',
  hostname: 'grantex-auth-service',
  tags: [],
  lateEvents: 'send',
};
/** 2026-03-01T12:00:00Z */
const NOON = 1_772_366_400_000;
const HOUR = 3_600_000;
const MINUTE = 60_000;

const created = {
  id: 'evt_01JXYZ00000000000000000000',
  type: 'grant.created',
  createdAt: '2026-03-01T12:00:00Z',
  data: { grantId: 'grnt_01', agentId: 'ag_01', principalId: 'user-123', scopes: ['calendar:read'] },
};

function encode(
  event: object,
  given: Partial<EncodeOptions> = {},
  now = NOON,
  text = JSON.stringify(event),
): LogRecord {
  return createEncoder({ ...options, ...given })(event as GrantexEvent, text, now);
}

function logOf(...parameters: Parameters<typeof encode>): unknown {
  return JSON.parse(encode(...parameters).json);
}

test("the guide's five fields, and what makes its facets work without a pipeline", () => {
  expect(logOf(created)).toEqual({
    ddsource: 'grantex',
    ddtags: 'type:grant.created',
    hostname: 'grantex-auth-service',
    service: 'grantex',
    message:
      '{"id":"evt_01JXYZ00000000000000000000","type":"grant.created","createdAt":"2026-03-01T12:00:00Z",' +
      '"data":{"grantId":"grnt_01","agentId":"ag_01","principalId":"user-123","scopes":["calendar:read"]}}',
    timestamp: 1_772_366_400_000,
    status: 'info',
    'grantex.event_id': 'evt_01JXYZ00000000000000000000',
    'grantex.event_type': 'grant.created',
    'grantex.grant_id': 'grnt_01',
    'grantex.agent_id': 'ag_01',
    'grantex.principal_id': 'user-123',
  });
});

test('the message is the text as it came, to the byte', () => {
  const text =
    '{ "id":"evt_1",\t"type":"token.issued", "n": 1.0, "s": "Zoë \\u2028 \\"quoted\\" \\\\ 😀", "id2": 12345678901234567890 }';
  expect(logOf(created, {}, NOON, text)).toHaveProperty('message', text);
});

test('the size is counted in UTF-8 bytes', () => {
  const record = encode({ ...created, data: { grantId: 'Zoë 😀' } });
  expect(record.bytes).toBe(Buffer.from(record.json).length);
  expect(record.bytes).toBeGreaterThan(record.json.length);
});

test('service, source, hostname and tags are the user’s', () => {
  const given = {
    service: 'auth "1"',
    source: 'grantex-prod',
    hostname: 'forwarder-1',
    tags: ['env:prod', 'team:sécurité'],
  };
  expect(logOf(created, given)).toMatchObject({
    ddsource: 'grantex-prod',
    service: 'auth "1"',
    hostname: 'forwarder-1',
    ddtags: 'type:grant.created,env:prod,team:sécurité',
  });
});

test.each([
  ['grant.created', 'info'],
  ['grant.revoked', 'warn'],
  ['token.issued', 'info'],
  ['budget.threshold', 'info'],
  ['budget.exhausted', 'error'],
  ['passport.revoked', 'info'],
  ['made.up', 'info'],
  ['constructor', 'info'],
])('%s has the status %s', (type, status) => {
  expect(logOf({ ...created, type })).toMatchObject({ status, ddtags: `type:${type}`, 'grantex.event_type': type });
});

test.each([
  ['only the ids that the event has', { grantId: 'grnt_01', cascade: true }, { 'grantex.grant_id': 'grnt_01' }],
  ['none', { passportId: 'pp_1' }, {}],
  ['no id that is not a text', { grantId: 7, agentId: null, principalId: ['user-1'] }, {}],
  ['ids with quotes', { agentId: 'a"b\\c' }, { 'grantex.agent_id': 'a"b\\c' }],
])('ids: %s', (_what, data, attributes) => {
  const log = logOf({ ...created, data }) as Record<string, unknown>;
  const ids = Object.entries(log).filter(([name]) => /^grantex\.(grant|agent|principal)_id$/.test(name));
  expect(Object.fromEntries(ids)).toEqual(attributes);
});

test('every value is a text but the timestamp', () => {
  const log = logOf(created, { tags: ['a:b'] }, NOON + 20 * HOUR) as Record<string, unknown>;
  const others = Object.entries(log).filter(([, value]) => typeof value !== 'string');
  expect(others).toEqual([['timestamp', NOON + 20 * HOUR]]);
});

test('a comma in an unknown type makes no second tag', () => {
  expect(logOf({ ...created, type: 'a,env:prod' })).toMatchObject({
    ddtags: 'type:a_env:prod',
    'grantex.event_type': 'a,env:prod',
  });
});

test.each(['yesterday', '', '2026-13-01T00:00:00Z'])(
  'createdAt %j: no timestamp, so that receipt counts',
  (createdAt) => {
    const record = encode({ ...created, createdAt });
    expect(JSON.parse(record.json)).not.toHaveProperty('timestamp');
    expect(record.timestamp).toBeNaN();
    expect(isOutsideAcceptedDates(record.timestamp, NOON + 100 * HOUR)).toBe(false);
  },
);

test.each([
  ['2026-03-01T12:00:00Z', 1_772_366_400_000],
  ['2026-03-01T12:00:00.123Z', 1_772_366_400_123],
  ['2026-03-01T14:00:00.5+02:00', 1_772_366_400_500],
])('createdAt %s is sent as %d', (createdAt, timestamp) => {
  expect(logOf({ ...created, createdAt })).toHaveProperty('timestamp', timestamp);
});

// 18 h back and 2 h ahead, less the five minutes that are kept free.
test.each([
  [0, false],
  [17 * HOUR + 55 * MINUTE, false],
  [17 * HOUR + 55 * MINUTE + 1, true],
  [18 * HOUR, true],
  [40 * 24 * HOUR, true],
  [-(HOUR + 55 * MINUTE), false],
  [-(HOUR + 55 * MINUTE) - 1, true],
  [-2 * HOUR, true],
])('an age of %d ms is outside of what Datadog takes: %s', (age, expected) => {
  expect(isOutsideAcceptedDates(NOON, NOON + age)).toBe(expected);
});

test.each([
  ['late', NOON + 19 * HOUR],
  ['ahead of its time', NOON - 3 * HOUR],
])('an event that comes %s is dated now, marked, and keeps its own time', (_what, now) => {
  const record = encode(created, { tags: ['env:prod'] }, now);
  expect(JSON.parse(record.json)).toMatchObject({
    timestamp: now,
    ddtags: 'type:grant.created,env:prod,late:true',
    'grantex.created_at': '2026-03-01T12:00:00Z',
    'grantex.event_id': 'evt_01JXYZ00000000000000000000',
    message: JSON.stringify(created),
  });
  expect(record.timestamp).toBe(now);
  expect(isOutsideAcceptedDates(record.timestamp, now + HOUR)).toBe(false);
});

test('an event in time is not marked', () => {
  const log = logOf(created, {}, NOON + 17 * HOUR);
  expect(log).toMatchObject({ timestamp: NOON, ddtags: 'type:grant.created' });
  expect(log).not.toHaveProperty(['grantex.created_at']);
});

test.each([
  [NOON + 19 * HOUR, 'the event is 19.0 h old; Datadog drops logs older than 18 h'],
  [NOON - 3 * HOUR, 'the event is 3.0 h in the future; Datadog drops logs older than 18 h'],
])("lateEvents 'dead-letter': given up with the reason", (now, reason) => {
  const act = (): unknown => encode(created, { lateEvents: 'dead-letter' }, now);
  expect(act).toThrow(DestinationError);
  expect(act).toThrow(reason);
  expect(act).toThrow(expect.objectContaining({ code: 'DEST_REJECTED' }));
});

test("lateEvents 'dead-letter': an event in time is sent", () => {
  expect(logOf(created, { lateEvents: 'dead-letter' })).toHaveProperty('timestamp', NOON);
});
