import type { Reply } from '@grantex/core';
import { expect, test } from 'vitest';
import { classifyInsert, classifyTable, refusalOf } from '../src/classify.js';
import { fixture } from './rig.js';

const NOW = Date.UTC(2026, 2, 1, 12);

function reply(status: number, text: string, headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

/** An error as the API reference shows it. */
function errorText(code: number, reason: string, message = `about ${reason}`): string {
  return JSON.stringify({ error: { code, message, errors: [{ domain: 'global', reason, message }] } });
}

test.each([
  ['as the reference has it', 'inserted-200.json'],
  ['as the emulator answers', 'emulator-inserted-200.json'],
])('accepted: %s', (_what, name) => {
  expect(classifyInsert(reply(200, fixture(name)), NOW, 3)).toEqual({ outcome: 'accepted', statusCode: 200 });
});

test('row errors: invalid is rejected, stopped comes again, the others are accepted', () => {
  expect(classifyInsert(reply(200, fixture('row-errors-200.json')), NOW, 3)).toEqual({
    outcome: 'partly accepted',
    statusCode: 200,
    refusals: new Map([
      [
        1,
        {
          outcome: 'refused',
          code: 'DEST_REJECTED',
          message: 'BigQuery refused the row (invalid: no such field: nope.)',
          statusCode: 200,
        },
      ],
      [
        0,
        {
          outcome: 'refused',
          code: 'DEST_UNAVAILABLE',
          message: 'BigQuery refused the row (stopped)',
          statusCode: 200,
        },
      ],
    ]),
  });
});

test('a row error of the emulator', () => {
  const verdict = classifyInsert(reply(200, fixture('emulator-row-error-200.json')), NOW, 1);
  expect(verdict).toMatchObject({ outcome: 'partly accepted' });
  expect([...('refusals' in verdict ? verdict.refusals : [])]).toMatchObject([[0, { code: 'DEST_REJECTED' }]]);
});

test.each([
  ['invalid', 'DEST_REJECTED'],
  ['required', 'DEST_REJECTED'],
  ['stopped', 'DEST_UNAVAILABLE'],
  ['timeout', 'DEST_UNAVAILABLE'],
  ['backendError', 'DEST_UNAVAILABLE'],
  ['internalError', 'DEST_FAILED'],
  ['accessDenied', 'DEST_FAILED'],
  ['somethingNew', 'DEST_FAILED'],
  [undefined, 'DEST_FAILED'],
])('a row with reason %s: %s', (reason, code) => {
  const text = JSON.stringify({ insertErrors: [{ index: 0, errors: [{ reason }] }] });
  const verdict = classifyInsert(reply(200, text), NOW, 2);
  expect([...('refusals' in verdict ? verdict.refusals : [])]).toMatchObject([[0, { code }]]);
});

test('a row is judged by the worst that is said about it, wherever it stands', () => {
  const text = JSON.stringify({
    insertErrors: [
      { index: 0, errors: [{ reason: 'backendError' }] },
      { index: 0, errors: [{ reason: 'stopped' }, { reason: 'invalid', message: 'bad' }] },
      { index: 1 },
    ],
  });
  const verdict = classifyInsert(reply(200, text), NOW, 2);
  expect([...('refusals' in verdict ? verdict.refusals : [])]).toMatchObject([
    [0, { code: 'DEST_REJECTED', message: 'BigQuery refused the row (invalid: bad)' }],
    [1, { code: 'DEST_FAILED' }],
  ]);
});

test.each([
  ['a page of a proxy', '<html><title>Sign in</title></html>'],
  ['nothing', ''],
  ['a list', '[]'],
  ['an answer that was cut off', '{"kind":"bigquery#tableDataInsertAllResponse","insertErr'],
  ['a row that was not sent', '{"insertErrors":[{"index":2,"errors":[{"reason":"invalid"}]}]}'],
  ['a row without a number', '{"insertErrors":[{"errors":[{"reason":"invalid"}]}]}'],
])('a 200 with %s accepts nothing and gives nothing up', (_what, text) => {
  expect(classifyInsert(reply(200, text), NOW, 2)).toMatchObject({ outcome: 'refused', code: 'DEST_FAILED' });
});

test.each([
  [400, 'invalid', 'DEST_REJECTED'],
  [400, 'badRequest', 'DEST_REJECTED'],
  [400, 'parseError', 'DEST_REJECTED'],
  [400, 'resourcesExceeded', 'DEST_UNAVAILABLE'],
  [400, 'tableUnavailable', 'DEST_UNAVAILABLE'],
  [401, 'authError', 'DEST_UNAUTHORIZED'],
  [403, 'rateLimitExceeded', 'DEST_THROTTLED'],
  [403, 'quotaExceeded', 'DEST_THROTTLED'],
  [403, 'blocked', 'DEST_THROTTLED'],
  [403, 'accessDenied', 'DEST_UNAUTHORIZED'],
  [403, 'forbidden', 'DEST_UNAUTHORIZED'],
  [403, 'billingNotEnabled', 'DEST_MISCONFIGURED'],
  [404, 'notFound', 'DEST_MISCONFIGURED'],
  [407, 'proxyAuthenticationRequired', 'DEST_MISCONFIGURED'],
  [429, 'rateLimitExceeded', 'DEST_THROTTLED'],
  [500, 'internalError', 'DEST_FAILED'],
  [500, 'backendError', 'DEST_UNAVAILABLE'],
  [501, 'notImplemented', 'DEST_MISCONFIGURED'],
  [502, 'backendError', 'DEST_UNAVAILABLE'],
  [503, 'backendError', 'DEST_UNAVAILABLE'],
  [504, 'backendError', 'DEST_UNAVAILABLE'],
  [403, 'somethingNew', 'DEST_UNAUTHORIZED'],
  [409, 'duplicate', 'DEST_FAILED'],
])('%d with reason %s: %s', (status, reason, code) => {
  const verdict = classifyInsert(reply(status, errorText(status, reason)), NOW, 5);
  expect(verdict).toMatchObject({ outcome: 'refused', code, statusCode: status });
  expect('message' in verdict && verdict.message).toContain(`BigQuery replied ${status} (${reason}: about ${reason})`);
});

test.each([
  [302, 'DEST_MISCONFIGURED'],
  [400, 'DEST_REJECTED'],
  [401, 'DEST_UNAUTHORIZED'],
  [403, 'DEST_UNAUTHORIZED'],
  [404, 'DEST_MISCONFIGURED'],
  [408, 'DEST_UNAVAILABLE'],
  [413, 'DEST_TOO_LARGE'],
  [429, 'DEST_THROTTLED'],
  [500, 'DEST_FAILED'],
  [502, 'DEST_UNAVAILABLE'],
  [503, 'DEST_UNAVAILABLE'],
])('%d without an error object, as a proxy answers: %s', (status, code) => {
  expect(classifyInsert(reply(status, fixture('proxy-413.html')), NOW, 5)).toMatchObject({ code, statusCode: status });
});

test.each([
  [
    'a missing table',
    fixture('emulator-not-found-404.json'),
    404,
    /Not found: table.*check projectId, datasetId and tableId/,
  ],
  ['no rights', errorText(403, 'accessDenied'), 403, /roles\/bigquery\.dataEditor/],
  ['no billing', errorText(403, 'billingNotEnabled'), 403, /a project with billing/],
  ['a wrong key', errorText(401, 'authError'), 401, /check keyFilename, credentials/],
  ['a wrong key, without a reason', '', 401, /check keyFilename, credentials/],
  ['a redirect', '', 302, /redirects are not followed: check apiEndpoint/],
  ['other columns', errorText(400, 'invalid'), 400, /check\(\) names them/],
])('the message about %s says what to mend', (_what, text, status, message) => {
  expect(refusalOf(reply(status, text), NOW).message).toMatch(message);
});

test('quotaExceeded waits ten minutes, rateLimitExceeded as the engine does, and Retry-After counts first', () => {
  expect(refusalOf(reply(403, errorText(403, 'quotaExceeded')), NOW)).toMatchObject({ retryAfterMs: 600_000 });
  expect(refusalOf(reply(403, errorText(403, 'rateLimitExceeded')), NOW)).not.toHaveProperty('retryAfterMs');
  const asked = reply(403, errorText(403, 'quotaExceeded'), { 'retry-after': '30' });
  expect(refusalOf(asked, NOW)).toMatchObject({ retryAfterMs: 30_000 });
});

test('a 503 of the service', () => {
  expect(classifyInsert(reply(503, fixture('backend-error-503.json')), NOW, 1)).toMatchObject({
    code: 'DEST_UNAVAILABLE',
    message: expect.stringContaining('Retrying may solve the problem'),
  });
});

test('tables.get: a table that fits', () => {
  expect(classifyTable(reply(200, fixture('table-200.json')), NOW, false)).toMatchObject({ ok: true, statusCode: 200 });
});

test('tables.get: a missing table is wrong, unless it is to be made', () => {
  const missing = reply(404, fixture('emulator-not-found-404.json'));
  expect(classifyTable(missing, NOW, false)).toMatchObject({
    ok: false,
    message: expect.stringContaining('createTable'),
  });
  expect(classifyTable(missing, NOW, true)).toMatchObject({
    ok: true,
    message: expect.stringContaining('not there yet'),
  });
});

test.each<[string, object[], RegExp]>([
  [
    'no column data',
    [
      { name: 'event_id', type: 'STRING' },
      { name: 'event_type', type: 'STRING' },
      { name: 'created_at', type: 'TIMESTAMP' },
    ],
    /no column data JSON/,
  ],
  ['a text for the time', [{ name: 'created_at', type: 'STRING' }], /created_at is STRING and should be TIMESTAMP/],
  ['a required column of its own', [{ name: 'tenant', type: 'STRING', mode: 'REQUIRED' }], /tenant is REQUIRED/],
])('tables.get: %s', (_what, fields, message) => {
  const text = JSON.stringify({ schema: { fields } });
  expect(classifyTable(reply(200, text), NOW, false)).toMatchObject({
    ok: false,
    message: expect.stringMatching(message),
  });
});

test('tables.get: more columns, capitals, and STRING for data fit', () => {
  const fields = [
    { name: 'EVENT_ID', type: 'STRING', mode: 'REQUIRED' },
    { name: 'event_type', type: 'STRING' },
    { name: 'created_at', type: 'TIMESTAMP' },
    { name: 'data', type: 'STRING' },
    { name: 'received_at', type: 'TIMESTAMP', mode: 'NULLABLE' },
  ];
  expect(classifyTable(reply(200, JSON.stringify({ schema: { fields } })), NOW, false)).toMatchObject({ ok: true });
});

test('tables.get: a page of a proxy is no table', () => {
  expect(classifyTable(reply(200, '<html>hello</html>'), NOW, false)).toMatchObject({ ok: false });
});
