import type { Reply } from '@grantex/core';
import { expect, test } from 'vitest';
import { classify, classifyHead } from '../src/classify.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const url = new URL('https://siem.example/hooks/4f9a8c7b6d5e4f3a2b1c0d9e');

function reply(status: number, text = '', headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

test.each([200, 201, 202, 204, 299])('%d: accepted', (status) => {
  expect(classify(reply(status), NOW, { url })).toEqual({ outcome: 'accepted', statusCode: status });
});

test.each([
  [400, 'DEST_REJECTED'],
  [401, 'DEST_UNAUTHORIZED'],
  [402, 'DEST_MISCONFIGURED'],
  [403, 'DEST_UNAUTHORIZED'],
  [404, 'DEST_MISCONFIGURED'],
  [405, 'DEST_MISCONFIGURED'],
  [407, 'DEST_MISCONFIGURED'],
  [408, 'DEST_UNAVAILABLE'],
  [409, 'DEST_FAILED'],
  [410, 'DEST_MISCONFIGURED'],
  [413, 'DEST_TOO_LARGE'],
  [415, 'DEST_MISCONFIGURED'],
  [422, 'DEST_REJECTED'],
  [425, 'DEST_UNAVAILABLE'],
  [429, 'DEST_THROTTLED'],
  [500, 'DEST_FAILED'],
  [501, 'DEST_MISCONFIGURED'],
  [502, 'DEST_UNAVAILABLE'],
  [503, 'DEST_UNAVAILABLE'],
  [504, 'DEST_UNAVAILABLE'],
  [507, 'DEST_FAILED'],
  [599, 'DEST_FAILED'],
])('%d: %s', (status, code) => {
  expect(classify(reply(status, 'why'), NOW, { url })).toMatchObject({
    outcome: 'refused',
    code,
    statusCode: status,
    message: expect.stringMatching(new RegExp(`^siem\\.example replied ${status} \\(why\\)`)),
  });
});

test.each([
  [401, 'siem.example replied 401 (no); the key is missing or wrong: check headers'],
  [
    410,
    'siem.example replied 410 (no); the receiver says that this endpoint is gone for good: check url, or take this destination away',
  ],
  [503, 'siem.example replied 503 (no)'],
])('%d says what to mend', (status, message) => {
  expect(classify(reply(status, 'no'), NOW, { url })).toHaveProperty('message', message);
});

const NOT_FOLLOWED = 'redirects are not followed, so that no key goes there: check url';

test.each([
  ['https://other.example/hooks?key=geheim', `it redirects to other.example; ${NOT_FOLLOWED}`],
  ['//other.example:8443/', `it redirects to other.example:8443; ${NOT_FOLLOWED}`],
  ['/elsewhere/geheim', `it redirects to another address at https://siem.example; ${NOT_FOLLOWED}`],
  ['http://siem.example/', `it redirects to another address at http://siem.example; ${NOT_FOLLOWED}`],
  ['http://[', `it redirects to nowhere; ${NOT_FOLLOWED}`],
  [undefined, `it redirects to nowhere; ${NOT_FOLLOWED}`],
])('a redirect to %s holds, and names the host only', (location, advice) => {
  expect(classify(reply(307, '', { location }), NOW, { url })).toMatchObject({
    code: 'DEST_MISCONFIGURED',
    message: `siem.example replied 307; ${advice}`,
  });
});

test.each([
  [429, '7', 7_000],
  [503, new Date(NOW + 60_000).toUTCString(), 60_000],
  [429, undefined, undefined],
])('%d with Retry-After %s', (status, header, wait) => {
  const verdict = classify(reply(status, '', { 'retry-after': header }), NOW, { url });
  expect((verdict as { retryAfterMs?: number }).retryAfterMs).toBe(wait);
});

test('successCodes: these and no others', () => {
  const options = { url, successCodes: [202, 409] };
  expect(classify(reply(202), NOW, options)).toEqual({ outcome: 'accepted', statusCode: 202 });
  expect(classify(reply(409), NOW, options)).toEqual({ outcome: 'accepted', statusCode: 409 });
  expect(classify(reply(200), NOW, options)).toMatchObject({
    code: 'DEST_MISCONFIGURED',
    message: 'siem.example replied 200; this is none of successCodes',
  });
});

test('a page of HTML loses its tags, and the end of what is long', () => {
  const page = `<html><style>p { color: red }</style><p>Not here</p>${'x'.repeat(500)}</html>`;
  const { message } = classify(reply(404, page), NOW, { url }) as { message: string };
  expect(message).toMatch(/^siem\.example replied 404 \(Not here x+…\); nothing is there: check url$/);
});

test.each([200, 204, 400, 404, 405, 411, 415, 422, 429, 501])('check(): %d shows that somebody is there', (status) => {
  expect(classifyHead(reply(status), NOW, { url })).toEqual({
    ok: true,
    statusCode: status,
    message: expect.stringMatching(
      new RegExp(
        `^siem\\.example can be reached and answered ${status}.*; whether it takes events is not proven by this, but by a test event$`,
      ),
    ),
  });
});

test.each([301, 307, 401, 403, 407, 410, 500, 502, 503])('check(): %d is a fault, told as in delivery', (status) => {
  const answer = reply(status, '', { location: 'https://other.example' });
  const refusal = classify(answer, NOW, { url }) as { message: string };
  expect(classifyHead(answer, NOW, { url })).toEqual({ ok: false, statusCode: status, message: refusal.message });
});
