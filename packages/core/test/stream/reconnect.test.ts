import { describe, expect, test } from 'vitest';
import { reconnectDelay } from '../../src/stream/reconnect.js';
import type { ConnectionEnd } from '../../src/stream/transport.js';

const ended: ConnectionEnd = { kind: 'ended', cause: 'cut' };

function unavailable(statusCode: number, retryAfterMs?: number): ConnectionEnd {
  const answer = { kind: 'unavailable', message: '', ...(retryAfterMs !== undefined && { retryAfterMs }) } as const;
  return { kind: 'answered', statusCode, answer };
}

const tooMany: ConnectionEnd = {
  kind: 'answered',
  statusCode: 429,
  answer: { kind: 'too many connections', message: '' },
};
const refused: ConnectionEnd = { kind: 'answered', statusCode: 401, answer: { kind: 'refused', message: '' } };

/** The shortest and the longest delay that chance can give. */
function span(end: ConnectionEnd, failures = 1, heardMs?: number): [least: number, most: number] {
  return [reconnectDelay(end, { failures, heardMs }, () => 0), reconnectDelay(end, { failures, heardMs }, () => 1)];
}

describe('a connection that ended', () => {
  test('and was heard is opened again at once', () => {
    expect(span(ended, 1, 60_000)).toEqual([0, 0]);
    expect(span(ended, 1, 1_000)).toEqual([0, 0]);
  });

  test.each([
    [1, 500],
    [2, 1_000],
    [3, 2_000],
    [6, 16_000],
    [7, 30_000],
    [100, 30_000],
    [10_000, 30_000],
  ])('and was not heard, failure %i: anything from 0 to %i ms (full jitter)', (failures, most) => {
    expect(span(ended, failures)).toEqual([0, most]);
    expect(reconnectDelay(ended, { failures, heardMs: undefined }, () => 0.25)).toBe(most / 4);
  });
});

describe('too many connections', () => {
  test.each([1, 2, 50])('after failure %i it waits more than 300 s, so that a dead count can die', (failures) => {
    const [least, most] = span(tooMany, failures);
    expect(least).toBeGreaterThan(300_000);
    expect(most).toBeLessThan(400_000);
    expect(most).toBeGreaterThan(least);
  });
});

describe('unavailable', () => {
  test.each([
    [429, 17_000],
    [503, 5_000],
    [429, 60_000],
  ])('%i with Retry-After: never before the %i ms, and not much later', (statusCode, retryAfterMs) => {
    const [least, most] = span(unavailable(statusCode, retryAfterMs));
    expect(least).toBeGreaterThanOrEqual(retryAfterMs);
    expect(most).toBeLessThanOrEqual(retryAfterMs + 2_000);
  });

  test('429 without Retry-After waits for half a minute at least: the limits are counted by the minute', () => {
    const [least, most] = span(unavailable(429));
    expect(least).toBeGreaterThanOrEqual(30_000);
    expect(most).toBeLessThanOrEqual(120_000);
  });

  test.each([
    [1, 500],
    [4, 4_000],
    [9, 30_000],
  ])('503 and the like, failure %i: 0 to %i ms', (failures, most) => {
    expect(span(unavailable(503), failures)).toEqual([0, most]);
  });

  test.each([0, 1_000])('a Retry-After of %i ms does not shorten the backoff', (retryAfterMs) => {
    expect(span(unavailable(503, retryAfterMs), 9)[1]).toBeGreaterThanOrEqual(30_000);
  });
});

describe('a refusal after the stream was open', () => {
  test.each([
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [5, 300_000],
    [2_000, 300_000],
  ])('is probed slowly: failure %i, %i ms', (failures, delay) => {
    expect(span(refused, failures)).toEqual([delay, delay]);
  });
});

test.each([ended, unavailable(503), unavailable(429), unavailable(503, 0), tooMany, refused])(
  'with any end the attempts of a minute stay far below the smallest plan of 100: %o',
  (end) => {
    let attempts = 0;
    for (let elapsed = 0; elapsed < 60_000; attempts++) {
      elapsed += reconnectDelay(end, { failures: attempts + 1, heardMs: undefined }, () => 0.5);
    }
    expect(attempts).toBeLessThan(20);
  },
);
