import { DestinationError } from '@grantex/core';
import { expect, test } from 'vitest';
import { classifyAppend } from '../src/classify-append.js';
import { explainStatus } from '../src/status.js';

const HOST = new URL('https://bigquerystorage.googleapis.com');

test.each([
  [0, 'the rows are stored'],
  [6, 'an earlier try has stored them'],
])('status %d: accepted, because %s', (status) => {
  expect(classifyAppend({ status, message: 'x', rowErrors: [] }, 3)).toEqual({ outcome: 'accepted' });
});

test.each([
  [5, 'stream gone'],
  [9, 'stream gone'],
  [11, 'place missing'],
])('status %d: %s', (status, meaning) => {
  expect(classifyAppend({ status, message: 'x' }, 3)).toBe(meaning);
});

test.each([
  [1, 'DEST_NETWORK'],
  [2, 'DEST_FAILED'],
  [3, 'DEST_REJECTED'],
  [4, 'DEST_UNAVAILABLE'],
  [7, 'DEST_UNAUTHORIZED'],
  [8, 'DEST_THROTTLED'],
  [10, 'DEST_UNAVAILABLE'],
  [12, 'DEST_MISCONFIGURED'],
  [13, 'DEST_FAILED'],
  [14, 'DEST_NETWORK'],
  [15, 'DEST_FAILED'],
  [16, 'DEST_UNAUTHORIZED'],
])('status %d: %s', (status, code) => {
  const verdict = classifyAppend({ status, message: 'as it said' }, 3);
  expect(verdict).toMatchObject({ outcome: 'refused', code });
  expect(verdict).toHaveProperty('message', expect.stringContaining(`status ${status} (as it said)`));
});

test('row errors: the bad rows are rejected, the others come again at once', () => {
  const rowErrors = [
    { index: '0', message: 'Malformed JSON' },
    { index: 2, message: null },
  ];
  expect(classifyAppend({ status: 3, message: 'Errors found', rowErrors }, 3)).toEqual({
    outcome: 'partly accepted',
    refusals: new Map([
      [0, { outcome: 'refused', code: 'DEST_REJECTED', message: 'BigQuery refused the row (Malformed JSON)' }],
      [
        1,
        {
          outcome: 'refused',
          code: 'DEST_UNAVAILABLE',
          message: 'BigQuery refused another row of the request',
          retryAfterMs: 0,
        },
      ],
      [2, { outcome: 'refused', code: 'DEST_REJECTED', message: 'BigQuery refused the row (without a reason)' }],
    ]),
  });
});

test('a row that was not sent gives nothing up', () => {
  expect(classifyAppend({ status: 3, message: '', rowErrors: [{ index: 3 }] }, 3)).toMatchObject({
    code: 'DEST_FAILED',
  });
});

test.each([
  [
    14,
    '14 UNAVAILABLE: Name resolution failed for target dns:x.invalid:443',
    'DEST_NETWORK',
    /is not known.*storageApiEndpoint/,
  ],
  [
    14,
    '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1',
    'DEST_NETWORK',
    /refused the connection/,
  ],
  [
    14,
    '14 UNAVAILABLE: No connection established. Last error: Error: self-signed certificate',
    'DEST_MISCONFIGURED',
    /not trusted: Error: self-signed.*NODE_EXTRA_CA_CERTS/,
  ],
  [
    14,
    '14 UNAVAILABLE: Connection dropped',
    'DEST_NETWORK',
    /no answer from bigquerystorage\.googleapis\.com: Connection dropped/,
  ],
  [
    5,
    '5 NOT_FOUND: Table a.b.c not found',
    'DEST_MISCONFIGURED',
    /\(Table a\.b\.c not found\); check projectId, datasetId and tableId/,
  ],
  [7, '7 PERMISSION_DENIED: no', 'DEST_UNAUTHORIZED', /roles\/bigquery\.dataEditor/],
  [16, '16 UNAUTHENTICATED: no', 'DEST_UNAUTHORIZED', /check keyFilename, credentials/],
  [12, '12 UNIMPLEMENTED: no', 'DEST_MISCONFIGURED', /check storageApiEndpoint/],
])('the end of a call with status %d: %s', (status, message, code, told) => {
  const error = explainStatus(Object.assign(new Error(message), { code: status }), HOST);
  expect(error).toBeInstanceOf(DestinationError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(told) });
});

test('an exception without a status stays as it is', () => {
  const error = new Error('a bug');
  expect(explainStatus(error, HOST)).toBe(error);
});
