import { DestinationError, GrantexError, OptionError, StreamError, type DestinationErrorCode } from '@grantex/core';
import { expect, test } from 'vitest';

test.each([
  { error: new GrantexError('STATE_INVALID', 'twice'), name: 'GrantexError', code: 'STATE_INVALID', message: 'twice' },
  {
    error: new OptionError('retry.maxMs', 'milliseconds', 'nothing'),
    name: 'OptionError',
    code: 'OPTION_INVALID',
    message: 'retry.maxMs: expected milliseconds, got nothing',
  },
  { error: new StreamError('no', { statusCode: 401 }), name: 'StreamError', code: 'STREAM_REFUSED', message: 'no' },
  {
    error: new DestinationError('DEST_REJECTED', 'bad'),
    name: 'DestinationError',
    code: 'DEST_REJECTED',
    message: 'bad',
  },
])('$name says its name, its code and its message', ({ error, ...expected }) => {
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(GrantexError);
  expect(error).toMatchObject(expected);
  expect(String(error)).toBe(`${expected.name}: ${expected.message}`);
});

test('a class of its own below ours bears its own name', () => {
  class QueueError extends DestinationError {}
  expect(new QueueError('DEST_FAILED', 'x').name).toBe('QueueError');
});

test.each<[DestinationErrorCode, boolean]>([
  ['DEST_NETWORK', true],
  ['DEST_UNAVAILABLE', true],
  ['DEST_FAILED', true],
  ['DEST_THROTTLED', true],
  ['DEST_UNAUTHORIZED', false],
  ['DEST_MISCONFIGURED', false],
  ['DEST_TOO_LARGE', false],
  ['DEST_REJECTED', false],
])('%s: the same call can succeed later without anybody changing anything: %s', (code, retryable) => {
  expect(new DestinationError(code, '').retryable).toBe(retryable);
});

test('what is not of a destination never counts as retryable', () => {
  expect([new GrantexError('JOURNAL_CLOSED', '').retryable, new StreamError('').retryable]).toEqual([false, false]);
});

test('cause, status and waiting time are kept', () => {
  const cause = new Error('socket');
  const error = new DestinationError('DEST_THROTTLED', 'slow', { cause, statusCode: 429, retryAfterMs: 5_000 });
  expect([error.cause, error.statusCode, error.retryAfterMs]).toEqual([cause, 429, 5_000]);
  expect(new StreamError('no', { cause, statusCode: 403 })).toMatchObject({ cause, statusCode: 403 });
});
