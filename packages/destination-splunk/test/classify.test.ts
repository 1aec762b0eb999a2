// Above 300 lines: tables of every answer that is known.
import type { Reply } from '@grantex/core';
import { expect, test } from 'vitest';
import { classify, classifyAck, classifyAckCheck, classifyCheck } from '../src/classify.js';
import { fixture } from './rig.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const SENT = { size: 3, bytes: 900, index: 'grantex' };

function reply(status: number, text = '', headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

function hec(status: number, code: number, text: string, more: object = {}): Reply {
  return reply(status, JSON.stringify({ text, code, ...more }));
}

test.each([
  ['success', reply(200, fixture('success-200.json'))],
  ['success, to be acknowledged', reply(200, fixture('success-ack-200.json'))],
  ['the Collector, to be acknowledged', reply(200, fixture('collector-200-ack.json'))],
  ['queue approaching capacity', hec(200, 24, 'Queue is approaching capacity')],
  ['acknowledgement channel approaching capacity', hec(200, 25, 'ACK channel is approaching capacity')],
  ['a code that nobody knows yet', hec(200, 99, 'Something new')],
])('%s: accepted', (_what, answer) => {
  expect(classify(answer, NOW, SENT)).toEqual({ outcome: 'accepted', statusCode: 200 });
});

test.each([
  ['a page', '<html><title>Sign in</title></html>', 'something other than HEC replied 200 (Sign in); check hecUrl'],
  ['nothing', '', 'something other than HEC replied 200; check hecUrl'],
  ['other JSON', '{"status":"ok"}', 'something other than HEC replied 200 ({"status":"ok"}); check hecUrl'],
])('200 with %s is no success of HEC: the delivery holds', (_what, text, message) => {
  expect(classify(reply(200, text), NOW, SENT)).toEqual({
    outcome: 'refused',
    code: 'DEST_MISCONFIGURED',
    message,
    statusCode: 200,
  });
});

const PAGE = 'Settings > Data inputs > HTTP Event Collector';
const UNKNOWN = `; check that hecToken is a token of this Splunk (${PAGE}), and that hecUrl is its address`;
const DISABLED = `; enable the token, or all tokens under Global Settings (${PAGE})`;
const NO_TOKEN = '; no usable token arrived: check hecToken, and any proxy that may change the header Authorization';
const ACK_ON = '; the token has indexer acknowledgement on: set acknowledgement to true, or turn it off at the token';
const PATH = '; the path is not known there: check hecUrl, which is the address before /services/collector';
const FORMAT =
  '; Splunk answers so to what it cannot read, and Splunk Cloud to a request that is too large: lower maxBatchBytes';

// The table of section 2.4, code by code. Codes 0, 24 and 25 are above, partial answers below.
test.each([
  [403, 1, 'Token disabled', 'DEST_UNAUTHORIZED', DISABLED],
  [401, 2, 'Token is required', 'DEST_UNAUTHORIZED', NO_TOKEN],
  [401, 3, 'Invalid authorization', 'DEST_UNAUTHORIZED', NO_TOKEN],
  [403, 4, 'Invalid token', 'DEST_UNAUTHORIZED', UNKNOWN],
  [400, 5, 'No data', 'DEST_REJECTED', ''],
  [400, 6, 'Invalid data format', 'DEST_REJECTED', FORMAT],
  [
    400,
    7,
    'Incorrect index',
    'DEST_MISCONFIGURED',
    '; the token may not write to index grantex, or there is none: check index, and the indexes that the token allows',
  ],
  [500, 8, 'Internal server error', 'DEST_FAILED', ''],
  [503, 9, 'Server is busy', 'DEST_UNAVAILABLE', ''],
  [400, 10, 'Data channel is missing', 'DEST_MISCONFIGURED', ACK_ON],
  [
    400,
    11,
    'Invalid data channel',
    'DEST_MISCONFIGURED',
    '; something on the way changes the header X-Splunk-Request-Channel',
  ],
  [400, 12, 'Event field is required', 'DEST_REJECTED', ''],
  [400, 13, 'Event field cannot be blank', 'DEST_REJECTED', ''],
  [
    400,
    14,
    'ACK is disabled',
    'DEST_MISCONFIGURED',
    '; the token has indexer acknowledgement off: turn it on at the token, or leave acknowledgement out',
  ],
  [400, 15, 'Error in handling indexed fields', 'DEST_REJECTED', ''],
  [
    400,
    16,
    'Query string authorization is not enabled',
    'DEST_MISCONFIGURED',
    '; a token in the query is not taken: check hecUrl',
  ],
  [503, 18, 'HEC is unhealthy, queues are full', 'DEST_UNAVAILABLE', ''],
  [503, 19, 'HEC is unhealthy, ack service unavailable', 'DEST_UNAVAILABLE', ''],
  [503, 20, 'HEC is unhealthy, queues are full, ack service unavailable', 'DEST_UNAVAILABLE', ''],
  [400, 21, 'Invalid token', 'DEST_UNAUTHORIZED', UNKNOWN],
  [400, 22, 'Token disabled', 'DEST_UNAUTHORIZED', DISABLED],
  [503, 23, 'Server is shutting down', 'DEST_UNAVAILABLE', ''],
  [429, 26, 'Queue is at capacity', 'DEST_THROTTLED', ''],
  [429, 27, 'ACK channel is at capacity', 'DEST_THROTTLED', ''],
  [400, 99, 'Something new', 'DEST_REJECTED', ''],
])('%d, code %d (%s): %s', (status, code, text, expected, advice) => {
  expect(classify(hec(status, code, text), NOW, SENT)).toEqual({
    outcome: 'refused',
    code: expected,
    message: `Splunk replied ${status}, code ${code} (${text})${advice}`,
    statusCode: status,
  });
});

test.each([
  [403, 'invalid-token-403.json', 'DEST_UNAUTHORIZED', `403, code 4 (Invalid token)${UNKNOWN}`],
  [400, 'no-data-400.json', 'DEST_REJECTED', '400, code 5 (No data)'],
  [
    400,
    'incorrect-index-400.json',
    'DEST_MISCONFIGURED',
    /^Splunk replied 400, code 7 \(Incorrect index\); .*check index/,
  ],
  [
    400,
    'cloud-channel-missing-400.json',
    'DEST_MISCONFIGURED',
    /^Splunk replied 400, code 28 \(Data channel is missing\. .*; the token has indexer/,
  ],
  [
    404,
    'not-found-404.json',
    'DEST_MISCONFIGURED',
    `404, code 404 (The requested URL was not found on this server.)${PATH}`,
  ],
  [
    405,
    'not-found-404.json',
    'DEST_MISCONFIGURED',
    `405, code 404 (The requested URL was not found on this server.)${PATH}`,
  ],
  [
    401,
    'collector-401-wrong.txt',
    'DEST_UNAUTHORIZED',
    `401 (provided authorization does not match expected scheme or token)${NO_TOKEN}`,
  ],
  [
    401,
    'collector-401-missing.txt',
    'DEST_UNAUTHORIZED',
    `401 (missing or empty authorization header: Authorization)${NO_TOKEN}`,
  ],
  [400, 'collector-400-channel.txt', 'DEST_MISCONFIGURED', /code 11 \(Invalid data channel\)/],
  [400, 'collector-400-encoding.txt', 'DEST_REJECTED', '400 (unsupported Content-Encoding: br)'],
  // All or nothing there, and it does not say which.
  [400, 'collector-400-format.txt', 'DEST_REJECTED', /code 6 \(Invalid data format\)/],
  [400, 'collector-400-blank.txt', 'DEST_REJECTED', '400, code 13 (Event field cannot be blank)'],
  [400, 'collector-400-fields.txt', 'DEST_REJECTED', '400, code 15 (Error in handling indexed fields)'],
])('%d %s: %s', (status, name, code, message) => {
  const verdict = classify(reply(status, fixture(name)), NOW, SENT);
  expect(verdict).toMatchObject({ outcome: 'refused', code, statusCode: status });
  expect('message' in verdict && verdict.message).toMatch(message);
});

test.each([
  [301, 'DEST_MISCONFIGURED', '; redirects are not followed, so that no token goes there: check hecUrl'],
  [307, 'DEST_MISCONFIGURED', '; redirects are not followed, so that no token goes there: check hecUrl'],
  [400, 'DEST_REJECTED', ''],
  [401, 'DEST_UNAUTHORIZED', NO_TOKEN],
  [403, 'DEST_UNAUTHORIZED', UNKNOWN],
  [404, 'DEST_MISCONFIGURED', PATH],
  [407, 'DEST_MISCONFIGURED', '; the proxy wants a password: check proxy'],
  [408, 'DEST_UNAVAILABLE', ''],
  [413, 'DEST_TOO_LARGE', '; lower maxBatchBytes, or raise max_content_length in limits.conf of Splunk'],
  [415, 'DEST_MISCONFIGURED', '; the receiver does not inflate requests: set compression to none'],
  [429, 'DEST_THROTTLED', ''],
  [500, 'DEST_FAILED', ''],
  [502, 'DEST_UNAVAILABLE', ''],
  [503, 'DEST_UNAVAILABLE', ''],
  [504, 'DEST_UNAVAILABLE', ''],
])('%d without HEC’s words, of a load balancer: %s', (status, code, advice) => {
  const message = `Splunk replied ${status} (Oh no)${advice}`;
  expect(classify(reply(status, '<html><h1>Oh no</h1></html>'), NOW, SENT)).toEqual({
    outcome: 'refused',
    code,
    message,
    statusCode: status,
  });
});

test.each([
  [503, 14, 'DEST_UNAVAILABLE'],
  [403, 7, 'DEST_UNAUTHORIZED'],
  [500, 13, 'DEST_FAILED'],
])('%d with the code %d of something else is judged by its status', (status, code, expected) => {
  expect(classify(hec(status, code, 'not HEC', { 'invalid-event-number': 1 }), NOW, SENT)).toMatchObject({
    code: expected,
  });
});

test.each([
  [429, '7', 7_000],
  [503, 'Sun, 01 Mar 2026 12:01:30 GMT', 90_000],
])('%d with Retry-After %s: not before %d ms have passed', (status, retryAfter, expected) => {
  expect(classify(reply(status, '', { 'retry-after': retryAfter }), NOW, SENT)).toMatchObject({
    retryAfterMs: expected,
  });
});

test.each([
  [6, 'Invalid data format', FORMAT],
  [12, 'Event field is required', ''],
  [13, 'Event field cannot be blank', ''],
  [15, 'Error in handling indexed fields', ''],
])(
  'code %d for the second of four: the first is stored, the second is given up, the others come again',
  (code, text, advice) => {
    const answer = hec(400, code, text, { 'invalid-event-number': 1 });
    const message = `Splunk replied 400, code ${code} (${text})${advice}`;
    const again = {
      outcome: 'refused',
      code: 'DEST_UNAVAILABLE',
      message: `${message}; what stands behind a refused event is not stored, and is sent again`,
      statusCode: 400,
      retryAfterMs: 0,
    };
    expect(classify(answer, NOW, { ...SENT, size: 4 })).toEqual({
      outcome: 'partly accepted',
      refusals: new Map<number, object>([
        [1, { outcome: 'refused', code: 'DEST_REJECTED', message, statusCode: 400 }],
        [2, again],
        [3, again],
      ]),
      statusCode: 400,
    });
  },
);

test('as measured: a syntax error in the second of three', () => {
  const verdict = classify(reply(400, fixture('invalid-format-400.json')), NOW, SENT);
  expect(verdict).toMatchObject({ outcome: 'partly accepted' });
  expect(verdict.outcome === 'partly accepted' && [...verdict.refusals.keys()]).toEqual([1, 2]);
});

test('the last of a request: nothing comes again', () => {
  const verdict = classify(hec(400, 13, 'Blank', { 'invalid-event-number': 2 }), NOW, SENT);
  expect(verdict.outcome === 'partly accepted' && [...verdict.refusals.keys()]).toEqual([2]);
});

test.each([
  ['the first, before which nothing is stored', 13, 0],
  ['a number that is not in the request', 13, 3],
  ['a number that is none', 13, -1],
  ['another kind of number', 13, 1.5],
  ['a text', 13, '1'],
  ['a code for which nobody knows what is stored', 5, 1],
  ['a wrong index, which all events have', 7, 2],
])('no part counts as stored: %s', (_what, code, number) => {
  const verdict = classify(hec(400, code, 'No', { 'invalid-event-number': number }), NOW, SENT);
  expect(verdict.outcome).toBe('refused');
});

test.each([
  [1_000_000, 'DEST_REJECTED'],
  [1_000_001, 'DEST_TOO_LARGE'],
])('code 6, number 0, and %d bytes, as Splunk Cloud says it: %s', (bytes, code) => {
  const verdict = classify(reply(400, fixture('cloud-too-large-400.json')), NOW, { ...SENT, bytes });
  expect(verdict).toMatchObject({ outcome: 'refused', code, message: expect.stringContaining('lower maxBatchBytes') });
});

const VALID = 'the token is valid; whether it may write to index grantex is not proven by this, but by a test event';

test.each([
  ['a blank event is refused', hec(400, 13, 'Event field cannot be blank', { 'invalid-event-number': 0 }), true, VALID],
  ['the Collector', reply(400, fixture('collector-400-blank.txt')), true, VALID],
  ['an event is missed', hec(400, 12, 'Event field is required'), true, VALID],
  ['no data', reply(400, fixture('no-data-400.json')), true, VALID],
  ['a receiver that takes it', reply(200, fixture('success-200.json')), true, VALID],
  [
    'a wrong token',
    reply(403, fixture('invalid-token-403.json')),
    false,
    /code 4 \(Invalid token\); check that hecToken/,
  ],
  ['a disabled token', hec(403, 1, 'Token disabled'), false, /enable the token/],
  [
    'no such index',
    reply(400, fixture('incorrect-index-400.json')),
    false,
    /index grantex, or there is none: check index/,
  ],
  ['acknowledgement on', hec(400, 10, 'Data channel is missing'), false, /set acknowledgement to true/],
  ['another path', reply(404, fixture('not-found-404.json')), false, /check hecUrl/],
  ['out of order', reply(503), false, 'Splunk replied 503'],
  [
    'somebody else',
    reply(200, '<title>Sign in</title>'),
    false,
    'something other than HEC replied 200 (Sign in); check hecUrl',
  ],
])('check: %s', (_what, answer, ok, message) => {
  const result = classifyCheck(answer, NOW, 'grantex');
  expect(result).toMatchObject({ ok, statusCode: answer.status });
  expect(result.message).toMatch(message);
});

test.each([
  ['of another channel', reply(200, fixture('acks-200.json')), [0], 'not yet'],
  ['indexed', reply(200, fixture('collector-acks-200.json')), [1], 'yes'],
  ['one of two attempts', reply(200, '{"acks":{"0":true,"1":false}}'), [0, 1], 'yes'],
  ['another number', reply(200, '{"acks":{"7":true}}'), [0], 'not yet'],
  ['a strange value', reply(200, '{"acks":{"0":"true"}}'), [0], 'not yet'],
  ['acknowledgement is off', hec(400, 14, 'ACK is disabled'), [0], 'never told'],
  ['no such path', reply(404), [0], 'never told'],
  ['no such method', reply(405), [0], 'never told'],
  ['success without an answer', reply(200, '{"text":"Success","code":0}'), [0], 'never told'],
  ['a page', reply(200, '<html></html>'), [0], 'never told'],
  ['the token was taken away', hec(403, 4, 'Invalid token'), [0], 'not yet'],
  ['throttled', reply(429), [0], 'not yet'],
  ['out of order', reply(503), [0], 'not yet'],
  ['failed', reply(500), [0], 'not yet'],
  ['redirected', reply(302), [0], 'not yet'],
])('acknowledgement: %s', (_what, answer, ackIds, expected) => {
  expect(classifyAck(answer, ackIds)).toBe(expected);
});

test.each([
  ['on', reply(200, fixture('acks-200.json')), true, 'indexer acknowledgement is on'],
  ['off', hec(400, 14, 'ACK is disabled'), false, /^indexer acknowledgement: Splunk replied 400, code 14 .*turn it on/],
  ['the Collector, without a channel', reply(400, fixture('collector-ack-400-channel.txt')), false, /code 10/],
  ['no such path', reply(404), false, /^indexer acknowledgement: Splunk replied 404; the path is not known/],
])('check of acknowledgement: %s', (_what, answer, ok, message) => {
  const result = classifyAckCheck(answer, NOW);
  expect(result.ok).toBe(ok);
  expect(result.message).toMatch(message);
});
