import { equal, ok } from 'node:assert/strict';
import test from 'node:test';
import type { Reply } from '@grantex/core';
import { classify, classifyCheck } from '../src/classify.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

function reply(status: number, text = '', headers: Reply['headers'] = {}): Reply {
  return { status, text, headers };
}

for (const status of [200, 202, 204]) {
  test(`${status}: accepted`, () => equal(classify(reply(status), NOW).outcome, 'accepted'));
}

for (const [status, code] of [
  [301, 'DEST_MISCONFIGURED'],
  [400, 'DEST_REJECTED'],
  [401, 'DEST_UNAUTHORIZED'],
  [403, 'DEST_UNAUTHORIZED'],
  [404, 'DEST_MISCONFIGURED'],
  [409, 'DEST_FAILED'],
  [413, 'DEST_TOO_LARGE'],
  [429, 'DEST_THROTTLED'],
  [500, 'DEST_FAILED'],
  [503, 'DEST_UNAVAILABLE'],
] as const) {
  test(`${status}: ${code}`, () => {
    const verdict = classify(reply(status), NOW);
    ok(verdict.outcome === 'refused');
    equal(verdict.code, code);
    equal(verdict.statusCode, status);
  });
}

test('a refusal says what the service said, and what to do', () => {
  const verdict = classify(reply(403, '{"error":"no such key"}'), NOW);
  ok(verdict.outcome === 'refused');
  equal(verdict.message, 'Acme replied 403 ({"error":"no such key"}); the key is wrong or may not write: check apiKey');
});

test('Retry-After is handed on', () => {
  const verdict = classify(reply(429, '', { 'retry-after': '7' }), NOW);
  ok(verdict.outcome === 'refused');
  equal(verdict.retryAfterMs, 7_000);
});

for (const [status, isOk] of [
  [200, true],
  [405, true],
  [401, false],
  [403, false],
  [404, false],
  [503, false],
] as const) {
  test(`check: ${status} is ${isOk ? 'well' : 'wrong'}`, () => equal(classifyCheck(reply(status), NOW).ok, isOk));
}
