import type { Reply } from '@grantex/core';
import { expect, test } from 'vitest';
import { classify, classifyEmptyPush } from '../src/classify.js';
import type { LokiEntry } from '../src/encode.js';
import { fixture } from './rig.js';

const HOST = 'loki.example';
/** When the pushes of the fixtures were made, and 8 days, 2 hours before, 1 hour after. */
const NOW = Date.parse('2026-11-21T16:07:50Z');
const OLD = NOW - 8 * 86_400_000;
const BEHIND = NOW - 2 * 3_600_000;
const AHEAD = NOW + 3_600_000;

function reply(status: number, text = '', headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

/** The answer whose status is in the name of its file. */
function recorded(name: string): Reply {
  return reply(Number(/-(\d{3})\./.exec(name)?.[1]), fixture(name));
}

function entriesAt(...times: number[]): LokiEntry[] {
  return times.map((time) => ({ json: '', bytes: 100, time }));
}

test('204: accepted', () => {
  expect(classify(reply(204), NOW, HOST, entriesAt(NOW))).toEqual({ outcome: 'accepted', statusCode: 204 });
});

test.each([200, 201, 202, 260, 299])('%d: not stored, and the delivery holds', (status) => {
  expect(classify(reply(status), NOW, HOST, entriesAt(NOW))).toMatchObject({
    outcome: 'refused',
    code: 'DEST_MISCONFIGURED',
    statusCode: status,
    message: expect.stringMatching(/blocked/),
  });
});

test.each([
  ['blocked-260.txt', 'DEST_MISCONFIGURED', 'the operator has blocked ingestion'],
  ['metadata-not-text-400.txt', 'DEST_REJECTED', "can't find closing"],
  ['truncated-400.txt', 'DEST_REJECTED', 'lower maxBatchBytes'],
  ['body-limit-400.txt', 'DEST_REJECTED', 'lower maxBatchBytes'],
  ['body-limit-gzip-400.txt', 'DEST_REJECTED', 'lower maxBatchBytes'],
  ['victorialogs-400.txt', 'DEST_REJECTED', 'unexpected log timestamp type'],
  ['label-name-400.txt', 'DEST_MISCONFIGURED', 'check labels'],
  ['label-value-400.txt', 'DEST_MISCONFIGURED', 'check labels'],
  ['too-many-labels-400.txt', 'DEST_MISCONFIGURED', 'check labels'],
  ['metadata-disallowed-400.txt', 'DEST_MISCONFIGURED', 'set structuredMetadata to false'],
  ['tenant-400.txt', 'DEST_MISCONFIGURED', 'check tenantId'],
  ['zstd-400.txt', 'DEST_MISCONFIGURED', "set compression to 'none'"],
  ['no-content-type-400.txt', 'DEST_MISCONFIGURED', 'takes the header Content-Type away'],
  ['no-org-id-401.txt', 'DEST_UNAUTHORIZED', 'set tenantId'],
  [
    'unauthorized-401.html',
    'DEST_UNAUTHORIZED',
    '(401 Authorization Required nginx/1.22.1); check username and password',
  ],
  ['not-found-404.txt', 'DEST_MISCONFIGURED', 'check url'],
  ['too-large-413.html', 'DEST_TOO_LARGE', 'lower maxBatchBytes'],
  ['no-streams-422.txt', 'DEST_REJECTED', 'at least one valid stream'],
  ['rate-limit-429.txt', 'DEST_THROTTLED', 'ingestion rate limit exceeded'],
  ['stream-rate-limit-429.txt', 'DEST_THROTTLED', 'Per stream rate limit exceeded'],
  ['stream-limit-429.txt', 'DEST_THROTTLED', 'take values that change out of the labels'],
  ['over-4-mib-500.txt', 'DEST_TOO_LARGE', 'lower maxBatchBytes'],
  ['empty-ring-500.txt', 'DEST_UNAVAILABLE', 'empty ring'],
  ['bad-gateway-502.html', 'DEST_UNAVAILABLE', '502 Bad Gateway'],
])('%s: %s', (name, code, says) => {
  const answer = recorded(name);
  const verdict = classify(answer, NOW, HOST, entriesAt(NOW, NOW));
  expect(verdict).toMatchObject({ outcome: 'refused', code, statusCode: answer.status });
  const { message } = verdict as { message: string };
  expect(message).toMatch(new RegExp(`^loki\\.example replied ${answer.status}`));
  expect(message).toContain(says);
  expect(message).not.toMatch(/[<>\n]|xxxx|evt_1/);
});

test.each([
  [301, 'DEST_MISCONFIGURED', 'redirects are not followed: check url'],
  [403, 'DEST_UNAUTHORIZED', 'logs:write'],
  [405, 'DEST_MISCONFIGURED', 'check url'],
  [407, 'DEST_MISCONFIGURED', 'check proxy'],
  [408, 'DEST_UNAVAILABLE', 'replied 408'],
  [500, 'DEST_FAILED', 'replied 500'],
  [503, 'DEST_UNAVAILABLE', 'replied 503'],
  [504, 'DEST_UNAVAILABLE', 'replied 504'],
])('%d: %s', (status, code, says) => {
  expect(classify(reply(status, 'why'), NOW, HOST, entriesAt(NOW))).toMatchObject({
    code,
    message: expect.stringContaining(says),
  });
});

test.each([
  'at least 2 live replicas required, could only find 1 - unhealthy instances: 10.0.0.2:9095',
  'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing"',
  'context deadline exceeded',
])('500 %s: out of order for now, whatever is in the push', (text) => {
  expect(classify(reply(500, text), NOW, HOST, entriesAt(NOW, NOW))).toMatchObject({ code: 'DEST_UNAVAILABLE' });
});

test('a push that the network may have cut short is not told to be an event’s fault', () => {
  const { message } = classify(recorded('truncated-400.txt'), NOW, HOST, entriesAt(NOW)) as { message: string };
  expect(message).toBe(
    'loki.example replied 400 (loghttp.PushRequest.Streams: []loghttp.LogProtoStream: readStringSlowPath: unexpected end of input); Loki may take smaller requests only: lower maxBatchBytes',
  );
});

test.each([
  ['too-old-400.txt', [OLD, NOW], [0]],
  ['too-old-400.txt', [NOW, OLD], [1]],
  ['too-old-several-400.txt', [OLD, OLD + 1_000, OLD + 500, NOW], [0, 1, 2]],
  ['too-new-400.txt', [NOW, AHEAD, AHEAD + 1_000], [1, 2]],
  ['too-old-and-new-400.txt', [OLD, NOW, AHEAD], [0, 2]],
  ['too-far-behind-400.txt', [NOW, BEHIND], [1]],
  [
    'too-far-behind-twelve-400.txt',
    [...Array.from({ length: 12 }, (_, at) => BEHIND + (at + 1) * 1_000), NOW],
    Array.from({ length: 12 }, (_, at) => at),
  ],
])('%s, entries at %j: only the refused ones are, and the others are stored', (name, times, indexes) => {
  const verdict = classify(recorded(name), NOW, HOST, entriesAt(...times));
  expect(verdict).toMatchObject({ outcome: 'partly accepted', statusCode: 400 });
  const { refusals } = verdict as { refusals: ReadonlyMap<number, { code: string }> };
  expect([...refusals.keys()].toSorted((one, other) => one - other)).toEqual(indexes);
  expect(new Set([...refusals.values()].map(({ code }) => code))).toEqual(new Set(['DEST_REJECTED']));
});

test.each([
  ['too-old-400.txt', [OLD, NOW], 'reject_old_samples_max_age'],
  ['too-new-400.txt', [NOW, AHEAD, AHEAD + 1_000], 'check the clocks'],
  ['too-far-behind-400.txt', [NOW, BEHIND], 'a stream of its own: labels'],
])('%s says what to mend', (name, times, says) => {
  const verdict = classify(recorded(name), NOW, HOST, entriesAt(...times));
  const [refusal] = (verdict as { refusals: ReadonlyMap<number, { message: string }> }).refusals.values();
  expect(refusal?.message).toMatch(/^loki\.example replied 400 \(ent/);
  expect(refusal?.message).toContain(says);
});

test.each([
  ['too-old-400.txt', [OLD], 'reject_old_samples_max_age'],
  ['too-new-400.txt', [AHEAD, AHEAD + 1_000], 'check the clocks'],
])('%s, nothing was stored: the push is refused as a whole', (name, times, says) => {
  expect(classify(recorded(name), NOW, HOST, entriesAt(...times))).toMatchObject({
    outcome: 'refused',
    code: 'DEST_REJECTED',
    message: expect.stringContaining(says),
  });
});

test.each([
  // The ingester has not heard of an entry that the distributor refused before: 1 out of 2, where 3 were sent.
  ['too-far-behind-masks-too-old-400.txt', [OLD, BEHIND, NOW]],
  ['too-far-behind-400.txt', [NOW, BEHIND, AHEAD]],
  ['line-too-long-and-too-old-400.txt', [NOW, OLD, NOW]],
  // What is said does not fit what was sent.
  ['too-old-400.txt', [NOW, NOW]],
  ['too-old-400.txt', [OLD, OLD + 1_000, NOW]],
  ['too-old-several-400.txt', [OLD, OLD]],
  ['too-new-400.txt', [NOW, NOW + 1_000]],
  ['too-far-behind-400.txt', [NOW, NOW]],
])('%s, entries at %j: nobody can say which, so the push is halved', (name, times) => {
  expect(classify(recorded(name), NOW, HOST, entriesAt(...times))).toMatchObject({
    outcome: 'refused',
    code: 'DEST_REJECTED',
  });
});

test('entries of the second in which the limit lies are told apart by their number', () => {
  const limit = Date.parse('2026-11-14T16:07:51Z');
  const verdict = classify(recorded('too-old-400.txt'), NOW, HOST, entriesAt(limit + 900, limit + 100, limit + 950));
  expect([...(verdict as { refusals: ReadonlyMap<number, unknown> }).refusals.keys()]).toEqual([1]);
});

test('429: a push of more than a second’s rate is halved, as far as it can be', () => {
  const large = [...entriesAt(NOW), { json: '', bytes: 20_000, time: NOW }];
  for (const name of ['rate-limit-429.txt', 'stream-rate-limit-429.txt']) {
    expect(classify(recorded(name), NOW, HOST, large)).toMatchObject({
      code: 'DEST_TOO_LARGE',
      message: expect.stringContaining('one request has more than the rate limit of a second: lower maxBatchBytes'),
    });
    expect(classify(recorded(name), NOW, HOST, large.slice(1))).toMatchObject({ code: 'DEST_THROTTLED' });
  }
});

test.each([
  ['2KB', 2_048],
  ['1500B', 1_500],
  ['3MB', 3_145_728],
])('a rate of %s is %d bytes', (rate, bytes) => {
  const text = `Per stream rate limit exceeded (limit: ${rate}/sec) while attempting to ingest`;
  const entries = (total: number) => entriesAt(NOW, NOW).map((entry) => ({ ...entry, bytes: total / 2 }));
  expect(classify(reply(429, text), NOW, HOST, entries(bytes))).toMatchObject({ code: 'DEST_THROTTLED' });
  expect(classify(reply(429, text), NOW, HOST, entries(bytes + 2))).toMatchObject({ code: 'DEST_TOO_LARGE' });
});

test('Retry-After of a gateway is respected', () => {
  expect(classify(reply(429, '', { 'retry-after': '7' }), NOW, HOST, entriesAt(NOW))).toMatchObject({
    retryAfterMs: 7_000,
  });
});

test.each(['no-streams-422.txt', 'nothing-204'])('check(): %s is a yes', (name) => {
  const answer = name.endsWith('204') ? reply(204) : recorded(name);
  expect(classifyEmptyPush(answer, NOW, HOST)).toEqual({
    ok: true,
    statusCode: answer.status,
    message:
      'loki.example takes pushes from here; whether events are stored is not proven by this, but by a test event',
  });
});

test.each([
  'unauthorized-401.html',
  'no-org-id-401.txt',
  'not-found-404.txt',
  'bad-gateway-502.html',
  'blocked-260.txt',
])('check(): %s is a no, told as in delivery', (name) => {
  const answer = recorded(name);
  const { message } = classify(answer, NOW, HOST, []) as { message: string };
  expect(classifyEmptyPush(answer, NOW, HOST)).toEqual({ ok: false, statusCode: answer.status, message });
});

test('check(): a 422 of somebody else is no yes', () => {
  expect(classifyEmptyPush(reply(422, 'Unprocessable Entity'), NOW, HOST)).toMatchObject({ ok: false });
});
