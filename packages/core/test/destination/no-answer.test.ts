import { expect, test } from 'vitest';
import { explainNoAnswer } from '../../src/destination/no-answer.js';

test.each([
  [
    'ENOTFOUND',
    'getaddrinfo ENOTFOUND api.datadoghq.example',
    /^the host api\.datadoghq\.example is not known; check the address/,
  ],
  [
    'EAI_AGAIN',
    'getaddrinfo EAI_AGAIN api.datadoghq.example',
    /^the host api\.datadoghq\.example is not known; check the address/,
  ],
  [
    'ECONNREFUSED',
    'connect ECONNREFUSED 127.0.0.1:1',
    /^api\.datadoghq\.example refused the connection; check the address/,
  ],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'self-signed certificate in certificate chain',
    /certificate.*not trusted.*NODE_EXTRA_CA_CERTS/,
  ],
  ['ECONNRESET', 'read ECONNRESET', /^no answer from api\.datadoghq\.example: read ECONNRESET/],
])('no answer: %s', (code, message, expected) => {
  const error = Object.assign(new Error(message), { code });
  const explained = explainNoAnswer(error, new URL('https://api.datadoghq.example/api/v1/validate'));
  expect(explained.message).toMatch(expected);
  expect(explained.cause).toBe(error);
});
