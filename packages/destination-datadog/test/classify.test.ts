import { readFileSync } from 'node:fs';
import type { Reply } from '@grantex/core';
import { expect, test } from 'vitest';
import { classify, classifyValidation } from '../src/classify.js';

const NOW = Date.UTC(2026, 2, 1, 12);

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

function reply(status: number, text = '', headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

const KEY_ADVICE =
  'check that apiKey is an API key (no application key, no key ID) that was not revoked, and that site is the one it belongs to';
const SITE_ADVICE = 'when everything is refused, the usual cause is a key of another site: check site, or endpoint';
const PATH_ADVICE = 'the path is not known there: check endpoint, which is the address before /api';

test.each([202, 200, 204])('%d: accepted', (status) => {
  expect(classify(reply(status, fixture('accepted-202.json')), NOW)).toEqual({
    outcome: 'accepted',
    statusCode: status,
  });
});

test.each([
  [400, 'bad-request-400-path.json', 'DEST_REJECTED', `(Bad Request: HTTP path is invalid); ${SITE_ADVICE}`],
  [
    400,
    'bad-request-400.html',
    'DEST_REJECTED',
    `(400 Bad request Your browser sent an invalid request.); ${SITE_ADVICE}`,
  ],
  [
    400,
    'victorialogs-400-number.txt',
    'DEST_REJECTED',
    '(cannot read DataDog protocol data: unexpected label value type for "n":"1"; want string); ' + SITE_ADVICE,
  ],
  [400, 'victorialogs-400-path.txt', 'DEST_REJECTED', `(unsupported path requested: "/api/v2/logs"); ${SITE_ADVICE}`],
  [403, 'forbidden-403.json', 'DEST_UNAUTHORIZED', `(Forbidden: API key is invalid); ${KEY_ADVICE}`],
  [
    403,
    'forbidden-403-eu.json',
    'DEST_UNAUTHORIZED',
    `(Forbidden: Api key is either forbidden or blacklisted); ${KEY_ADVICE}`,
  ],
  [403, 'forbidden-403-v1.json', 'DEST_UNAUTHORIZED', `(API key is invalid); ${KEY_ADVICE}`],
  [
    403,
    'forbidden-403.html',
    'DEST_UNAUTHORIZED',
    `(403 Forbidden Request forbidden by administrative rules.); ${KEY_ADVICE}`,
  ],
  [403, 'validate-403-missing.json', 'DEST_UNAUTHORIZED', `(API key required); ${KEY_ADVICE}`],
  [413, 'too-large-413.txt', 'DEST_TOO_LARGE', '(Payload too big); a request may have 5 MB before compression'],
  [502, 'bad-gateway-502.json', 'DEST_UNAVAILABLE', '(Bad Gateway)'],
])('%d %s: %s', (status, name, code, rest) => {
  expect(classify(reply(status, fixture(name)), NOW)).toEqual({
    outcome: 'refused',
    code,
    message: `Datadog replied ${status} ${rest}`,
    statusCode: status,
  });
});

test.each([
  [400, 'DEST_REJECTED', `; ${SITE_ADVICE}`],
  [
    401,
    'DEST_UNAUTHORIZED',
    '; no API key arrived: check apiKey, and any proxy that may take the header DD-API-KEY away',
  ],
  [403, 'DEST_UNAUTHORIZED', `; ${KEY_ADVICE}`],
  [404, 'DEST_MISCONFIGURED', `; ${PATH_ADVICE}`],
  [405, 'DEST_MISCONFIGURED', `; ${PATH_ADVICE}`],
  [407, 'DEST_MISCONFIGURED', '; the proxy wants a password: check proxy'],
  [408, 'DEST_UNAVAILABLE', ''],
  [409, 'DEST_FAILED', ''],
  [413, 'DEST_TOO_LARGE', '; a request may have 5 MB before compression'],
  [414, 'DEST_FAILED', ''],
  [422, 'DEST_FAILED', ''],
  [429, 'DEST_THROTTLED', ''],
  [499, 'DEST_FAILED', ''],
  [500, 'DEST_FAILED', ''],
  [502, 'DEST_UNAVAILABLE', ''],
  [503, 'DEST_UNAVAILABLE', ''],
  [504, 'DEST_UNAVAILABLE', ''],
  [520, 'DEST_FAILED', ''],
  [301, 'DEST_MISCONFIGURED', '; redirects are not followed: check endpoint'],
  [307, 'DEST_MISCONFIGURED', '; redirects are not followed: check endpoint'],
])('%d without a text: %s', (status, code, advice) => {
  const message = `Datadog replied ${status}${advice}`;
  expect(classify(reply(status), NOW)).toEqual({ outcome: 'refused', code, message, statusCode: status });
  expect(classify(reply(status, '{}'), NOW)).toMatchObject({ message });
});

test.each([
  [429, { 'retry-after': '7' }, 7_000],
  [429, { 'retry-after': 'Sun, 01 Mar 2026 12:01:30 GMT' }, 90_000],
  [503, { 'retry-after': '120' }, 120_000],
  [429, { 'x-ratelimit-limit': '100', 'x-ratelimit-period': '60', 'x-ratelimit-reset': '12' }, 12_000],
  [429, { 'retry-after': '3', 'x-ratelimit-reset': '12' }, 3_000],
])('%d with %j: not before %d ms have passed', (status, headers, expected) => {
  expect(classify(reply(status, '', headers), NOW)).toMatchObject({ retryAfterMs: expected });
});

test.each([
  [429, {}],
  [429, { 'retry-after': 'soon' }],
  [429, { 'x-ratelimit-reset': '1772366400' }],
  [500, { 'x-ratelimit-reset': '12' }],
])('%d with %j: the delivery decides when', (status, headers) => {
  expect(classify(reply(status, '', headers), NOW)).not.toHaveProperty('retryAfterMs');
});

test.each([
  ['several errors', '{"errors":[{"title":"A"},{"detail":"b"},"c",null,7]}', '(A; b; c)'],
  ['an object of another kind', '{"error":"quota"}', '({"error":"quota"})'],
  ['an empty list', '{"errors":[]}', '({"errors":[]})'],
  ['not JSON after all', '{"errors":[', '({"errors":[)'],
  ['a long page', `<html>${'x'.repeat(300)}</html>`, `(${'x'.repeat(200)}…)`],
])('the reason: %s', (_what, text, reason) => {
  expect(classify(reply(500, text), NOW)).toMatchObject({ message: `Datadog replied 500 ${reason}` });
});

const INTAKE = 'http-intake.logs.datadoghq.com';

test.each([
  [
    'a valid key',
    reply(200, fixture('validate-200.json')),
    {
      ok: true,
      message: `the API key is valid; whether logs reach ${INTAKE} is not proven by this, but by a test event`,
    },
  ],
  [
    'a receiver that does not look at the key',
    reply(200, '{}'),
    { ok: true, message: 'answered, but without saying whether the API key is valid' },
  ],
  [
    'a key that is not valid',
    reply(200, '{"valid":false}'),
    { ok: false, message: `Datadog does not know the API key; ${KEY_ADVICE}` },
  ],
  [
    'a wrong key',
    reply(403, fixture('forbidden-403.json')),
    { ok: false, message: `Datadog replied 403 (Forbidden: API key is invalid); ${KEY_ADVICE}` },
  ],
  ['no such path', reply(404, 'Not found'), { ok: false, message: `Datadog replied 404 (Not found); ${PATH_ADVICE}` }],
  ['out of order', reply(503), { ok: false, message: 'Datadog replied 503' }],
  [
    'somebody else',
    reply(200, '<html><title>Sign in</title></html>'),
    { ok: false, message: 'something other than Datadog replied 200 (Sign in); check site and endpoint' },
  ],
])('validation: %s', (_what, answer, expected) => {
  expect(classifyValidation(answer, NOW, INTAKE)).toMatchObject({ ...expected, statusCode: answer.status });
});
