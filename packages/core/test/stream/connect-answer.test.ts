import { describe, expect, test } from 'vitest';
import { readConnectAnswer } from '../../src/stream/connect-answer.js';

/** An error as the auth service writes it. */
function apiError(code: string, message: string): string {
  return JSON.stringify({ message, code, requestId: '6e0a2f7c-5b1f-4a0e-9d52-2a5f2c1b7a11' });
}

function answer(
  statusCode: number,
  body = '',
  { contentType = 'application/json', retryAfterMs }: { contentType?: string; retryAfterMs?: number } = {},
) {
  return readConnectAnswer({ statusCode, contentType, body, retryAfterMs });
}

describe('200', () => {
  test.each([
    'text/event-stream',
    'text/event-stream; charset=utf-8',
    'text/event-stream;charset=UTF-8',
    'Text/Event-Stream',
  ])('is a stream when it says %s', (contentType) => {
    expect(answer(200, '', { contentType })).toEqual({ kind: 'open' });
  });

  test.each(['text/html', 'application/json; charset=utf-8', '', 'text/event-streaming'])(
    'is none when it says "%s"',
    (contentType) => {
      const { kind, message } = answer(200, '<html>', { contentType }) as { kind: string; message: string };
      expect(kind).toBe('refused');
      expect(message).toContain('no event stream');
      expect(message).toContain('url');
    },
  );
});

describe('429: the two kinds, and that of the address', () => {
  test('too many connections is told by its code; it never says how long to wait', () => {
    const body = apiError('TOO_MANY_CONNECTIONS', 'Too many concurrent event stream connections');
    expect(answer(429, body)).toEqual({
      kind: 'too many connections',
      message: 'TOO_MANY_CONNECTIONS: Too many concurrent event stream connections',
    });
  });

  test.each(['RATE_LIMIT_EXCEEDED', 'BAD_REQUEST'])('%s passes, at the time that the server says', (code) => {
    expect(answer(429, apiError(code, 'Slow down'), { retryAfterMs: 17_000 })).toEqual({
      kind: 'unavailable',
      message: `${code}: Slow down`,
      retryAfterMs: 17_000,
    });
  });

  test('of somebody else (a proxy) passes', () => {
    expect(answer(429, '<h1>Too Many Requests</h1>', { contentType: 'text/html' })).toMatchObject({
      kind: 'unavailable',
    });
  });
});

test.each([408, 425, 500, 502, 503, 504, 520, 599])('%i passes by itself', (statusCode) => {
  expect(answer(statusCode, apiError('INTERNAL_ERROR', 'Internal server error'))).toMatchObject({
    kind: 'unavailable',
  });
  expect(answer(statusCode, '<html><body>Bad gateway</body></html>', { contentType: 'text/html' })).toMatchObject({
    kind: 'unavailable',
  });
});

test('503 is tried again at the time that the server says, when it says one', () => {
  const body = apiError('RATE_LIMIT_UNAVAILABLE', 'Try again');
  expect(answer(503, body, { retryAfterMs: 5_000 })).toMatchObject({ kind: 'unavailable', retryAfterMs: 5_000 });
  expect(answer(503, body)).not.toHaveProperty('retryAfterMs');
});

test.each([
  {
    statusCode: 401,
    body: apiError('UNAUTHORIZED', 'Invalid API key'),
    tells: ['UNAUTHORIZED: Invalid API key', 'apiKey'],
  },
  {
    statusCode: 401,
    body: apiError('UNAUTHORIZED', 'Missing or invalid Authorization header'),
    tells: ['Missing or invalid'],
  },
  { statusCode: 401, body: '', tells: ['the key is refused', 'apiKey'] },
  { statusCode: 403, body: '<html>Forbidden</html>', tells: ['apiKey'] },
  {
    statusCode: 404,
    body: JSON.stringify({ message: 'Route GET:/v1/events/stream not found', error: 'Not Found', statusCode: 404 }),
    tells: ['Route GET:/v1/events/stream not found', 'url'],
  },
  { statusCode: 400, body: '<html>nginx</html>', tells: ['url'] },
  { statusCode: 204, body: '', tells: ['url'] },
  { statusCode: 206, body: '', tells: ['url'] },
  { statusCode: 301, body: '', tells: ['url'] },
  { statusCode: 302, body: '<a href="/login">', tells: ['url'] },
  { statusCode: 405, body: '', tells: ['url'] },
])('$statusCode is a refusal: $tells', ({ statusCode, body, tells }) => {
  const { kind, message } = answer(statusCode, body, { retryAfterMs: 1_000 }) as { kind: string; message: string };
  expect(kind).toBe('refused');
  for (const part of tells) expect(message).toContain(part);
});

describe('the server is believed with care', () => {
  test.each(['null', '42', '"text"', '[]', '{', '{"code":7,"message":{}}', ''])('a body of %s is survived', (body) => {
    expect(answer(401, body)).toMatchObject({ kind: 'refused' });
    expect(answer(429, body)).toMatchObject({ kind: 'unavailable' });
    expect(answer(500, body)).toMatchObject({ kind: 'unavailable', message: '' });
  });

  test('a long message is cut', () => {
    const { message } = answer(500, apiError('C'.repeat(9_000), 'm'.repeat(9_000))) as { message: string };
    expect(message.length).toBeLessThan(500);
  });

  test('a message stays on one line, so that it cannot pass for another line of the log', () => {
    const { message } = answer(500, apiError('OOPS\n', 'first\r\nsecond\n\tthird')) as { message: string };
    expect(message).toBe('OOPS: first second third');
  });
});
