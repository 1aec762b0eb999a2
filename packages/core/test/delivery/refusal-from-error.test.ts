import { DestinationError, refusalFromError } from '@grantex/core';
import { expect, test } from 'vitest';

function withCode(code: string, message = 'it failed'): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  ['a reset', withCode('ECONNRESET', 'read ECONNRESET'), 'DEST_NETWORK', 'read ECONNRESET'],
  [
    'a name that is not known',
    withCode('ENOTFOUND', 'getaddrinfo ENOTFOUND a.b'),
    'DEST_NETWORK',
    'getaddrinfo ENOTFOUND a.b',
  ],
  [
    "fetch's wrapping",
    new TypeError('fetch failed', { cause: withCode('ECONNREFUSED') }),
    'DEST_NETWORK',
    'it failed (ECONNREFUSED)',
  ],
  [
    'two addresses that refuse',
    new AggregateError([withCode('ECONNREFUSED', 'connect ECONNREFUSED ::1:1')]),
    'DEST_NETWORK',
    'connect ECONNREFUSED ::1:1',
  ],
  [
    'a certificate that is not trusted',
    withCode('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed'),
    'DEST_MISCONFIGURED',
    'the TLS certificate of the service is not trusted: self-signed (SELF_SIGNED_CERT_IN_CHAIN)',
  ],
  [
    'a plain server behind https',
    withCode('ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number'),
    'DEST_MISCONFIGURED',
    'TLS failed: wrong version number (ERR_SSL_WRONG_VERSION_NUMBER)',
  ],
  ['what a destination knows', new DestinationError('DEST_TOO_LARGE', 'too large'), 'DEST_TOO_LARGE', 'too large'],
  ['what nobody explains', new Error('oops'), 'DEST_FAILED', 'oops'],
  ['no error at all', 'a text', 'DEST_FAILED', 'a text'],
  ['nothing', undefined, 'DEST_FAILED', 'undefined'],
])('%s', (_name, error, code, message) => {
  expect(refusalFromError(error)).toMatchObject({ outcome: 'refused', code, message });
});

test('an error that is its own cause comes to an end', () => {
  const error: Error & { cause?: unknown } = new Error('round and round');
  error.cause = error;
  expect(refusalFromError(error)).toMatchObject({ code: 'DEST_FAILED', message: 'round and round' });
});
