import { OptionError } from '@grantex/core';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { S3Destination, s3Definition, type S3Options } from '../src/index.js';
import { resolveOptions } from '../src/options.js';

const bucket = 'acme-audit';

/** The lines of the error that these options, from a program without types, are refused with. */
function complaints(options: Readonly<Record<string, unknown>>): string[] {
  try {
    resolveOptions(options as unknown as S3Options);
  } catch (error) {
    if (error instanceof OptionError) return error.message.split('\n');
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('defaults', () => {
  expect(resolveOptions({ bucket })).toEqual({
    name: 's3',
    bucket,
    prefix: 'grantex-events/',
    region: 'us-east-1',
    partitionBy: 'day',
    compression: 'gzip',
    forcePathStyle: false,
    conditionalWrites: true,
    checksums: true,
    batchSize: 1_000,
    maxBatchBytes: 10_000_000,
    flushIntervalMs: 300_000,
    timeoutMs: 60_000,
    concurrency: 1,
    retry: { initialMs: 500, maxMs: 30_000, holdMs: 5_000, maxHoldMs: 60_000 },
    client: undefined,
    secrets: [],
  });
});

test('a store of another maker: the bucket in the path, and no checksum unless it is asked for', () => {
  const endpoint = 'https://s3.store.example';
  expect(resolveOptions({ bucket, endpoint })).toMatchObject({ forcePathStyle: true, checksums: false });
  expect(resolveOptions({ bucket, endpoint, checksums: true, forcePathStyle: false })).toMatchObject({
    forcePathStyle: false,
    checksums: true,
  });
  // A locked object needs a checksum.
  const objectLock = { mode: 'GOVERNANCE', days: 7 } as const;
  expect(resolveOptions({ bucket, endpoint, objectLock }).checksums).toBe(true);
});

test.each([
  ['logs', 'logs/'],
  ['logs/', 'logs/'],
  ['/logs/auth//', 'logs/auth/'],
  ['/', ''],
])('prefix %j', (prefix, resolved) => {
  expect(resolveOptions({ bucket, prefix }).prefix).toBe(resolved);
});

test.each(['acme-audit', 'acme.audit.2026', 'Old_Bucket', 'arn:aws:s3:eu-west-1:111122223333:accesspoint/audit'])(
  'bucket %s',
  (name) => {
    expect(resolveOptions({ bucket: name }).bucket).toBe(name);
  },
);

test('what is kept out of messages', () => {
  const { secrets } = resolveOptions({
    bucket,
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'a-secret',
    sessionToken: 'a-token',
    proxy: 'http://user:p%40ss@proxy.example:3128',
  });
  expect(new Set(secrets)).toEqual(
    new Set([
      'AKIAIOSFODNN7EXAMPLE',
      'a-secret',
      'a-token',
      'p%40ss',
      Buffer.from('user:p@ss').toString('base64'),
      'p@ss',
    ]),
  );
});

test.each([
  [{}, 'bucket: expected a text, got nothing'],
  [
    { bucket: 's3://acme-audit' },
    'bucket: expected the name of a bucket, such as acme-audit, got an address or a path (what comes behind the bucket belongs into prefix)',
  ],
  [
    { bucket: 'acme-audit/logs' },
    'bucket: expected the name of a bucket, such as acme-audit, got an address or a path (what comes behind the bucket belongs into prefix)',
  ],
  [{ bucket: 'a b' }, 'bucket: expected the name of a bucket, such as acme-audit, got another form'],
  [{ bucket, prefix: 's3://x/y' }, 'prefix: expected folders such as logs/grantex, got an address'],
  [{ bucket, prefix: 'a/../b' }, 'prefix: expected folders such as logs/grantex, got one that is named . or ..'],
  [{ bucket, prefix: 'a//b' }, 'prefix: expected folders such as logs/grantex, got one without a name'],
  [{ bucket, prefix: 'a\nb' }, 'prefix: expected folders such as logs/grantex, got control characters'],
  [{ bucket, prefix: 'ä'.repeat(400) }, 'prefix: expected at most 600 bytes, got 800'],
  [{ bucket, region: 'US East' }, 'region: expected a region such as eu-central-1, got another form'],
  [{ bucket, partitionBy: 'week' }, 'partitionBy: expected one of day, hour, got "week"'],
  [{ bucket, compression: 'brotli' }, 'compression: expected one of gzip, zstd, none, got "brotli"'],
  [{ bucket, secretAccessKey: 'a' }, 'accessKeyId: expected the access key that the secret belongs to, got nothing'],
  [{ bucket, sessionToken: 'a' }, 'accessKeyId: expected the access key that the secret belongs to, got nothing'],
  [{ bucket, accessKeyId: 'a' }, 'secretAccessKey: expected the secret of accessKeyId, got nothing'],
  [
    { bucket, accessKeyId: 'a', secretAccessKey: ' secret\n' },
    'secretAccessKey: expected visible ASCII characters without white space, got white space around it',
  ],
  [
    { bucket, endpoint: 'http://minio.example:9000' },
    "endpoint: expected https, because a key is sent there, got plain http to minio.example (to allow it all the same: allowInsecureHosts: ['minio.example'])",
  ],
  [
    { bucket, endpoint: 'minio.example' },
    'endpoint: expected a URL such as https://host.example, got a text of 13 characters',
  ],
  [
    { bucket, kmsKeyId: 'alias/audit' },
    'serverSideEncryption: expected aws:kms or aws:kms:dsse, because kmsKeyId is set, got nothing',
  ],
  [
    { bucket, kmsKeyId: 'alias/audit', serverSideEncryption: 'AES256' },
    'serverSideEncryption: expected aws:kms or aws:kms:dsse, because kmsKeyId is set, got another one',
  ],
  [
    { bucket, objectLock: { mode: 'COMPLIANCE' } },
    'objectLock.days: expected a whole number from 1 to 36500, got nothing',
  ],
  [
    { bucket, storageClass: 'COLD' },
    'storageClass: expected one of STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE, got "COLD"',
  ],
  [
    { bucket, expectedBucketOwner: '1234' },
    'expectedBucketOwner: expected an AWS account: 12 digits, got another form',
  ],
  [{ bucket, batchSize: 100_001 }, 'batchSize: expected a whole number from 1 to 100000, got 100001'],
  [{ bucket, batchsize: 1 }, 'batchsize: expected a known option (did you mean batchSize?), got an unknown one'],
  [{ bucket, client: 'a client' }, 'client: expected an object, got a text of 8 characters'],
] as const)('refused: %j', (options, complaint) => {
  expect(complaints(options)).toEqual([complaint]);
});

test('everything that is wrong at once', () => {
  const wrong = complaints({ bucket: 's3://x', secretAccessKey: 'a', timeoutMs: 0 });
  expect(wrong.map((line) => line.slice(0, line.indexOf(':'))).toSorted()).toEqual([
    'accessKeyId',
    'bucket',
    'timeoutMs',
  ]);
});

test('the definition makes it from a file, and takes a client from a program', async () => {
  await using destination = s3Definition.from({ bucket, name: 'archive' }, { client: new S3Client({}) });
  expect(destination).toBeInstanceOf(S3Destination);
  expect(destination.name).toBe('archive');
  expect(s3Definition.type).toBe('s3');
  expect(s3Definition.problems({ bucket: 'acme-audit', prefx: 'a' })).toMatchObject([{ suggestion: 'prefix' }]);
  expect(s3Definition.jsonSchema()).toMatchObject({ required: ['bucket'], additionalProperties: false });
});
