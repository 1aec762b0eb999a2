import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerpt, retryAfterMs } from '../../src/http-answer.js';
import { moment, retryAfterHeader } from './number-arbitraries.js';

const RUNS = { numRuns: 300 };
const DAY_MS = 86_400_000;
/** Dates in a header have no milliseconds. */
const SECOND_MS = 1_000;

test('whatever the header says, it is no wait at all or one between nothing and a day', () => {
  const header = fc.oneof(retryAfterHeader, fc.array(retryAfterHeader, { maxLength: 2 }), fc.constant(undefined));
  fc.assert(
    fc.property(header, moment, (value, now) => {
      const wait = retryAfterMs({ headers: { 'retry-after': value } }, now);
      if (wait === undefined) return;
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(DAY_MS);
    }),
    RUNS,
  );
});

test('what is neither digits nor has a time of day in it is no wish at all', () => {
  fc.assert(
    fc.property(retryAfterHeader, moment, (header, now) => {
      fc.pre(!/^[0-9]+$/.test(header) && !/[0-9]{2}:[0-9]{2}:[0-9]{2}/.test(header));
      expect(retryAfterMs({ headers: { 'retry-after': header } }, now)).toBeUndefined();
    }),
    RUNS,
  );
});

test('seconds are never cut short, up to a day', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(100_000), fc.nat()), moment, (seconds, now) => {
      const wait = retryAfterMs({ headers: { 'retry-after': String(seconds) } }, now);
      expect(wait).toBe(Math.min(seconds * 1_000, DAY_MS));
    }),
    RUNS,
  );
});

test('a date is waited for to the second, up to a day, and one that is past costs nothing', () => {
  fc.assert(
    fc.property(moment, fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }), (now, distance) => {
      const at = Math.floor((now + distance) / SECOND_MS) * SECOND_MS;
      const wait = retryAfterMs({ headers: { 'retry-after': new Date(at).toUTCString() } }, now);
      expect(wait).toBe(Math.min(Math.max(at - now, 0), DAY_MS));
    }),
    RUNS,
  );
});

test('an excerpt of any page is one short line', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '</',
    'style',
    'script',
    ' ',
    '\n',
    '\t',
    'a',
    'Bad Gateway ',
    '<p>',
    '"',
    '👍',
  );
  fc.assert(
    fc.property(fc.string({ unit: piece, size: 'max', maxLength: 300 }), (page) => {
      const line = excerpt(page);
      expect(line).toBe(line.trim());
      expect(line).not.toMatch(/[\r\n\t]| {2}/);
      expect(line.length).toBeLessThanOrEqual(201);
    }),
    RUNS,
  );
});
