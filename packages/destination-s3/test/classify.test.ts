import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Verdict } from '@grantex/core';
import { expect, test } from 'vitest';
import { classify, classifyListing, classifyListingError, classifyOutput } from '../src/classify.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const PLACE = { bucket: 'acme-audit', prefix: 'grantex-events/' };

interface Answer {
  readonly status: number;
  /** A file of `fixtures`, or nothing for an empty body. */
  readonly file?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The SDK with an answer instead of a network: what it makes of the bytes is a part of what is judged. */
function clientFor({ status, file, headers = {} }: Answer): S3Client {
  const text = file === undefined ? '' : readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8');
  const body = (): Readable => Readable.from([Buffer.from(text)]);
  return new S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a-secret' },
    maxAttempts: 1,
    requestHandler: {
      handle: async () => ({ response: { statusCode: status, headers, body: body(), text } }),
      updateHttpClientConfig() {},
      httpHandlerConfigs: () => ({}),
    },
  });
}

async function verdictOf(answer: Answer): Promise<Verdict | undefined> {
  const upload = new PutObjectCommand({ Bucket: PLACE.bucket, Key: 'grantex-events/x', Body: 'x' });
  try {
    return classifyOutput(await clientFor(answer).send(upload));
  } catch (error) {
    return classify(error, NOW, PLACE);
  }
}

const KEY_ADVICE =
  'check accessKeyId and secretAccessKey, or where the default credentials of the AWS SDK come from (environment, profile, role)';
const TOKEN_ADVICE =
  'the credentials have run out: give new ones, or leave accessKeyId, secretAccessKey and sessionToken out, so that the AWS SDK renews those of a role';
const WRITE_ADVICE =
  'the key may not write there: allow s3:PutObject on arn:aws:s3:::acme-audit/grantex-events/* (with serverSideEncryption aws:kms also kms:GenerateDataKey on the key, with objectLock also s3:PutObjectRetention)';
const SETTING_ADVICE =
  'S3 never refuses an event for its content; this is about a setting: see what it says, and check serverSideEncryption, kmsKeyId, objectLock and checksums';
const SIZE_ADVICE = 'lower maxBatchBytes or batchSize';
const STORE_ADVICE =
  'a store that is not from AWS may not know If-None-Match, checksums or encryption: try conditionalWrites: false, then checksums: false';

test('200 with an ETag: accepted', async () => {
  expect(await verdictOf({ status: 200, headers: { etag: '"6805f2cfc46c0f04559748bb039d69ae"' } })).toEqual({
    outcome: 'accepted',
    statusCode: 200,
  });
});

test('200 without an ETag is not an answer of S3: nothing was stored', async () => {
  expect(await verdictOf({ status: 200, file: 'portal-200.html' })).toEqual({
    outcome: 'refused',
    code: 'DEST_MISCONFIGURED',
    statusCode: 200,
    message: 'something other than S3 replied 200; check endpoint, and proxies on the way',
  });
});

test.each(['aws-412-exists.xml', 'versitygw-412-exists.xml'])(
  '412 %s: the object with this content is there already',
  async (file) => {
    expect(await verdictOf({ status: 412, file })).toEqual({ outcome: 'accepted', statusCode: 412 });
  },
);

test('412 of something other than S3 says nothing of the object', async () => {
  expect(await verdictOf({ status: 412, file: 'proxy-403.html' })).toMatchObject({ code: 'DEST_MISCONFIGURED' });
});

test.each([
  [400, 'aws-400-bad-digest.xml', 'DEST_UNAVAILABLE', undefined],
  [400, 'aws-400-incomplete-body.xml', 'DEST_UNAVAILABLE', undefined],
  [400, 'aws-400-request-timeout.xml', 'DEST_UNAVAILABLE', undefined],
  [400, 'aws-400-too-large.xml', 'DEST_TOO_LARGE', SIZE_ADVICE],
  [400, 'aws-400-expired-token.xml', 'DEST_UNAUTHORIZED', TOKEN_ADVICE],
  [400, 'aws-400-invalid-token.xml', 'DEST_UNAUTHORIZED', TOKEN_ADVICE],
  [400, 'aws-400-invalid-argument.xml', 'DEST_MISCONFIGURED', SETTING_ADVICE],
  [400, 'aws-400-storage-class.xml', 'DEST_MISCONFIGURED', 'check storageClass'],
  [
    400,
    'aws-400-kms-disabled.xml',
    'DEST_MISCONFIGURED',
    'check kmsKeyId, and whether the key is enabled and in the region of the bucket',
  ],
  [400, 'aws-400-other-region.xml', 'DEST_MISCONFIGURED', 'the bucket is in eu-central-1: check region'],
  [301, 'aws-301-other-region.xml', 'DEST_MISCONFIGURED', 'the bucket is in another region: check region'],
  [307, 'aws-307-new-bucket.xml', 'DEST_UNAVAILABLE', undefined],
  [403, 'aws-403-access-denied.xml', 'DEST_UNAUTHORIZED', WRITE_ADVICE],
  [403, 'aws-403-role.xml', 'DEST_UNAUTHORIZED', KEY_ADVICE],
  [403, 'aws-403-unknown-key.xml', 'DEST_UNAUTHORIZED', KEY_ADVICE],
  [
    404,
    'aws-404-no-bucket.xml',
    'DEST_MISCONFIGURED',
    'there is no bucket acme-audit: check bucket, and region or endpoint',
  ],
  [405, 'aws-405-method.xml', 'DEST_MISCONFIGURED', 'nothing of S3 is there: check endpoint'],
  [409, 'aws-409-conflict.xml', 'DEST_UNAVAILABLE', undefined],
  [409, 'aws-409-aborted.xml', 'DEST_UNAVAILABLE', undefined],
  [500, 'aws-500-internal.xml', 'DEST_UNAVAILABLE', undefined],
  [501, 'r2-501-checksum.xml', 'DEST_MISCONFIGURED', STORE_ADVICE],
  [503, 'aws-503-slow-down.xml', 'DEST_THROTTLED', undefined],
  [503, 'aws-503-unavailable.xml', 'DEST_UNAVAILABLE', undefined],
  [400, 'versitygw-400-bad-digest.xml', 'DEST_UNAVAILABLE', undefined],
  [400, 'versitygw-400-no-object-lock.xml', 'DEST_MISCONFIGURED', SETTING_ADVICE],
  [400, 'versitygw-400-other-region.xml', 'DEST_MISCONFIGURED', 'the bucket is in us-east-1: check region'],
  [403, 'versitygw-403-access-denied.xml', 'DEST_UNAUTHORIZED', WRITE_ADVICE],
  [
    403,
    'versitygw-403-clock.xml',
    'DEST_UNAVAILABLE',
    'the clock of this machine is wrong; the next request goes by the clock of S3',
  ],
  [403, 'versitygw-403-wrong-secret.xml', 'DEST_UNAUTHORIZED', KEY_ADVICE],
  [
    404,
    'versitygw-404-no-bucket.xml',
    'DEST_MISCONFIGURED',
    'there is no bucket acme-audit: check bucket, and region or endpoint',
  ],
  [404, 'versitygw-404-unknown-key.xml', 'DEST_UNAUTHORIZED', KEY_ADVICE],
  [
    409,
    'versitygw-409-parent-is-file.xml',
    'DEST_MISCONFIGURED',
    'an object lies where a folder is wanted: check prefix',
  ],
] as const)('%d %s: %s', async (status, file, code, advice) => {
  const [, word] = /<Code>(.*?)<\/Code>/.exec(readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')) ?? [];
  const verdict = await verdictOf({ status, file });
  expect(verdict).toMatchObject({ outcome: 'refused', code, statusCode: status });
  const { message } = verdict as { readonly message: string };
  expect(message.startsWith(`S3 replied ${status} (${word}: `)).toBe(true);
  expect(message.endsWith(advice === undefined ? ')' : `); ${advice}`)).toBe(true);
});

test.each([
  [403, 'proxy-403.html', 'DEST_UNAUTHORIZED', `S3 replied 403 (403 Forbidden nginx); ${WRITE_ADVICE}`],
  [502, 'proxy-502.html', 'DEST_UNAVAILABLE', 'S3 replied 502 (502 Bad Gateway The upstream is down)'],
  [413, undefined, 'DEST_TOO_LARGE', `S3 replied 413; ${SIZE_ADVICE}`],
  [407, undefined, 'DEST_MISCONFIGURED', 'S3 replied 407; the proxy wants a password: check proxy'],
  [404, undefined, 'DEST_MISCONFIGURED', 'S3 replied 404; nothing of S3 is there: check endpoint'],
  [500, undefined, 'DEST_UNAVAILABLE', 'S3 replied 500'],
  [503, undefined, 'DEST_UNAVAILABLE', 'S3 replied 503'],
  [429, undefined, 'DEST_THROTTLED', 'S3 replied 429'],
  [
    304,
    undefined,
    'DEST_MISCONFIGURED',
    'S3 replied 304; the store answers so when the object is there already, which AWS does with 412: set conditionalWrites: false',
  ],
  [
    302,
    undefined,
    'DEST_MISCONFIGURED',
    'S3 replied 302; redirects are not followed, so that no signature goes elsewhere: check endpoint',
  ],
] as const)('%d without a code of S3 (%s): %s', async (status, file, code, message) => {
  const answer = file === undefined ? { status } : { status, file };
  expect(await verdictOf(answer)).toEqual({ outcome: 'refused', code, statusCode: status, message });
});

test('301: the header knows the region', async () => {
  const headers = { 'x-amz-bucket-region': 'eu-west-1' };
  expect(await verdictOf({ status: 301, file: 'aws-301-other-region.xml', headers })).toMatchObject({
    message: expect.stringMatching(/; the bucket is in eu-west-1: check region$/),
  });
});

test('a time to wait for', async () => {
  const headers = { 'retry-after': '7' };
  expect(await verdictOf({ status: 503, file: 'aws-503-slow-down.xml', headers })).toMatchObject({
    code: 'DEST_THROTTLED',
    retryAfterMs: 7_000,
  });
});

test('no event is ever given up for an answer of S3', async () => {
  for (let status = 300; status <= 599; status++) {
    const verdict = await verdictOf({ status });
    expect(verdict).toMatchObject({ outcome: 'refused', code: expect.not.stringMatching('DEST_REJECTED') });
  }
});

test.each([
  [
    'CredentialsProviderError',
    'Could not load credentials from any providers',
    'DEST_UNAUTHORIZED',
    `there are no credentials (Could not load credentials from any providers); ${KEY_ADVICE}`,
  ],
  [
    'EndpointError',
    'Invalid ARN: `arn:x` was not a valid ARN',
    'DEST_MISCONFIGURED',
    'Invalid ARN: `arn:x` was not a valid ARN; check bucket, region and endpoint',
  ],
] as const)('what the SDK says by itself: %s', (name, words, code, message) => {
  const error = Object.assign(new Error(words), { name });
  expect(classify(error, NOW, PLACE)).toEqual({ outcome: 'refused', code, message });
  expect(classifyListingError(error, NOW, PLACE)).toEqual({ ok: false, message });
});

test.each([new Error('socket hang up'), 'a text', undefined])('no answer, nothing known: %s', (error) => {
  expect(classify(error, NOW, PLACE)).toBeUndefined();
  expect(classifyListingError(error, NOW, PLACE)).toBeUndefined();
});

test.each([
  [
    403,
    'aws-403-access-denied.xml',
    true,
    /^S3 knows the key, which may not list the bucket acme-audit \(s3:ListBucket\)/,
  ],
  [403, 'aws-403-role.xml', false, /sts:AssumeRole.*; check accessKeyId/],
  [403, 'aws-403-unknown-key.xml', false, /^S3 replied 403 \(InvalidAccessKeyId: .*\); check accessKeyId/],
  [403, 'versitygw-403-wrong-secret.xml', false, /^S3 replied 403 \(SignatureDoesNotMatch: .*\); check accessKeyId/],
  [403, 'proxy-403.html', false, /^S3 replied 403 \(403 Forbidden nginx\)/],
  [404, 'aws-404-no-bucket.xml', false, /; there is no bucket acme-audit: check bucket/],
  [301, 'aws-301-other-region.xml', false, /; the bucket is in another region: check region$/],
  [200, 'portal-200.html', false, /^something other than S3 replied 200; check endpoint/],
] as const)('check: %d %s: %s', async (status, file, ok, message) => {
  const question = new ListObjectsV2Command({ Bucket: PLACE.bucket, MaxKeys: 1 });
  const result = await clientFor({ status, file })
    .send(question)
    .then(
      (output) => classifyListing(output, PLACE),
      (error: unknown) => classifyListingError(error, NOW, PLACE),
    );
  expect(result).toEqual({ ok, statusCode: status, message: expect.stringMatching(message) });
});
