import {
  batchingOptions,
  checkOptions,
  COMPRESSIONS,
  connectionOptions,
  connectionSecrets,
  option,
  serviceAddress,
  unencrypted,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type Compression,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';
import type { S3Client } from '@aws-sdk/client-s3';
import { PARTITIONINGS, type Partitioning } from './encode.js';

/**
 * A single PUT may have 5 GB ("Uploading objects", S3 User Guide), but it is made in memory: above 100 MB the guide advises
 * uploads in parts, which are not worth it for logs. 10 MB and 300 s are what Vector's S3 sink has.
 */
export const S3_DEFAULTS: BatchingDefaults = {
  kind: 's3',
  limits: { maxEvents: 100_000, maxBytes: 100_000_000, batchOverheadBytes: 0 },
  batchSize: 1_000,
  maxBatchBytes: 10_000_000,
  flushIntervalMs: 300_000,
  timeoutMs: 60_000,
};

const ENCRYPTIONS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;
const STORAGE_CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;
const LOCK_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;

/** How the store encrypts objects on its disks. */
export type Encryption = (typeof ENCRYPTIONS)[number];
/** The storage class of objects, in the words of S3. */
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** For how long objects cannot be deleted. The bucket has to have Object Lock. */
export interface ObjectLockOptions {
  /** `COMPLIANCE`: nobody can delete the object before its time, not even the account's root user. */
  readonly mode: (typeof LOCK_MODES)[number];
  /** Days from the upload on, 1 to 36,500. */
  readonly days: number;
}

/**
 * Options of {@link S3Destination}. `batchSize` is 1,000 when not given, `maxBatchBytes` 10,000,000, `flushIntervalMs`
 * 300,000, `timeoutMs` 60,000.
 */
export interface S3Options extends BatchingOptions, ConnectionOptions {
  /** The name of the bucket, or the ARN of an access point. */
  readonly bucket: string;
  /** What the key of every object begins with; `/`: nothing. @defaultValue 'grantex-events' */
  readonly prefix?: string;
  /** Where the bucket is. @defaultValue 'us-east-1' */
  readonly region?: string;
  /** One folder for each day (`dt=2026-03-01/`), or each hour (`dt=2026-03-01/hour=12/`), UTC. @defaultValue 'day' */
  readonly partitionBy?: Partitioning;
  /** How objects are compressed; their keys end in `.ndjson.gz`, `.ndjson.zst` or `.ndjson`. @defaultValue 'gzip' */
  readonly compression?: Compression;
  /** Of the three that make the key: {@link secretAccessKey} belongs to it. @defaultValue the SDK's default chain */
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** For credentials that expire. Nothing renews them when they are given here. */
  readonly sessionToken?: string;
  /** Address of an S3-compatible store, or of a VPC endpoint. @defaultValue AWS */
  readonly endpoint?: string;
  /** The bucket in the path instead of the host's name. @defaultValue true with `endpoint`, otherwise false */
  readonly forcePathStyle?: boolean;
  /**
   * Asks for a new object every time (`If-None-Match: *`), so that a retry can never make a second version. False for
   * stores that do not know it. @defaultValue true
   */
  readonly conditionalWrites?: boolean;
  /**
   * Sends a CRC32 with every object, which the store keeps. Some S3-compatible stores refuse it. @defaultValue true without
   * `endpoint` or with `objectLock`, otherwise false
   */
  readonly checksums?: boolean;
  /** `AES256`: SSE-S3. `aws:kms`: SSE-KMS. @defaultValue what the bucket is set to */
  readonly serverSideEncryption?: Encryption;
  /** ID, ARN or alias of the KMS key. @defaultValue the account's `aws/s3` */
  readonly kmsKeyId?: string;
  /** @defaultValue 'STANDARD', which is S3's own */
  readonly storageClass?: StorageClass;
  /** Keeps each object from being deleted. @defaultValue what the bucket is set to */
  readonly objectLock?: ObjectLockOptions;
  /** The account that the bucket has to belong to: 12 digits. @defaultValue any */
  readonly expectedBucketOwner?: string;
  /**
   * A client of `@aws-sdk/client-s3`, in place of the options from `region` to `forcePathStyle`, `tls`, `proxy` and
   * `dispatcher`. Turn its retries off (`maxAttempts: 1`), they would multiply. It is not closed with the destination.
   */
  readonly client?: S3Client;
}

const { flag, oneOf, optional, secret, text, withDefault } = option;

const objectLock = option.object('Keeps each object from being deleted.', {
  mode: oneOf('GOVERNANCE or COMPLIANCE.', LOCK_MODES),
  days: option.wholeNumber('Days from the upload on.', 1, 36_500),
});

/** One line for each option of {@link S3Options} that a file can hold: its default, its check, its word to editors. */
export const s3Options = option.object(
  'Options of an Amazon S3 destination.',
  {
    ...batchingOptions(S3_DEFAULTS),
    ...connectionOptions,
    bucket: text('The name of the bucket.', bucketComplaints),
    prefix: withDefault('grantex-events', text('What every key begins with; "/": nothing.', prefixComplaints)),
    region: withDefault('us-east-1', text('Where the bucket is.', regionComplaints)),
    partitionBy: withDefault('day', oneOf('A folder for each day or each hour, UTC.', PARTITIONINGS)),
    compression: withDefault('gzip', oneOf('How objects are compressed.', COMPRESSIONS)),
    accessKeyId: optional(secret('The access key. Without it the default chain of the AWS SDK is asked.')),
    secretAccessKey: optional(secret('The secret of the access key.')),
    sessionToken: optional(secret('The token of temporary credentials.')),
    endpoint: optional(serviceAddress('Address of an S3-compatible store, or of a VPC endpoint.')),
    forcePathStyle: optional(flag("The bucket in the path instead of the host's name.")),
    conditionalWrites: withDefault(true, flag('Asks for a new object every time (If-None-Match: *).')),
    checksums: optional(flag('Sends a CRC32 with every object.')),
    serverSideEncryption: optional(oneOf('How S3 encrypts the objects.', ENCRYPTIONS)),
    kmsKeyId: optional(text('ID, ARN or alias of the KMS key.')),
    storageClass: optional(oneOf('The storage class of the objects.', STORAGE_CLASSES)),
    objectLock: optional(objectLock),
    expectedBucketOwner: optional(text('The account that the bucket has to belong to.', accountComplaints)),
  } satisfies OptionSchemas<S3Options>,
  (options) => [
    ...unencrypted('endpoint', options),
    ...credentialComplaints(options),
    ...encryptionComplaints(options),
  ],
);

export interface ResolvedS3Options
  extends Omit<OutputOf<typeof s3Options>, 'forcePathStyle' | 'checksums'>, Omit<CodeOptions, 'client'> {
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly forcePathStyle: boolean;
  readonly checksums: boolean;
  readonly client: S3Client | undefined;
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

export function resolveOptions(options: S3Options): ResolvedS3Options {
  const checked = checkOptions(s3Options, options);
  const { client } = options;
  const folder = checked.prefix.replaceAll(/^\/+|\/+$/g, '');
  return {
    ...checked,
    client,
    prefix: folder === '' ? '' : `${folder}/`,
    forcePathStyle: checked.forcePathStyle ?? checked.endpoint !== undefined,
    checksums: checked.checksums ?? (checked.endpoint === undefined || checked.objectLock !== undefined),
    secrets: [
      ...[checked.accessKeyId, checked.secretAccessKey, checked.sessionToken].flatMap((value) => value ?? []),
      ...connectionSecrets(checked),
    ],
  };
}

/** Old buckets and other stores have capitals and underscores. */
function bucketComplaints(bucket: string): readonly Complaint[] {
  if (/^[\w.-]{3,255}$/.test(bucket) || /^arn:[\w:/.-]+$/.test(bucket)) return [];
  const got = bucket.includes('/')
    ? 'an address or a path (what comes behind the bucket belongs into prefix)'
    : 'another form';
  return [{ expected: 'the name of a bucket, such as acme-audit', got }];
}

/** Leaves room for what comes behind it: a key may have 1,024 bytes ("Naming Amazon S3 objects", S3 User Guide). */
const MAX_PREFIX_BYTES = 600;

function prefixComplaints(prefix: string): readonly Complaint[] {
  const expected = 'folders such as logs/grantex';
  const folders = prefix.replaceAll(/^\/+|\/+$/g, '').split('/');
  if (prefix.includes('://')) return [{ expected, got: 'an address' }];
  if (folders.some((folder) => folder === '.' || folder === '..'))
    return [{ expected, got: 'one that is named . or ..' }];
  if (folders.length > 1 && folders.includes('')) return [{ expected, got: 'one without a name' }];
  if (/\p{Cc}/u.test(prefix)) return [{ expected, got: 'control characters' }];
  const bytes = Buffer.byteLength(prefix);
  return bytes <= MAX_PREFIX_BYTES ? [] : [{ expected: `at most ${MAX_PREFIX_BYTES} bytes`, got: `${bytes}` }];
}

function regionComplaints(region: string): readonly Complaint[] {
  return /^[a-z0-9-]+$/.test(region) ? [] : [{ expected: 'a region such as eu-central-1', got: 'another form' }];
}

function accountComplaints(account: string): readonly Complaint[] {
  return /^\d{12}$/.test(account) ? [] : [{ expected: 'an AWS account: 12 digits', got: 'another form' }];
}

type Given = Readonly<Partial<Record<keyof S3Options, unknown>>>;

function credentialComplaints(options: Given): readonly Complaint[] {
  const { accessKeyId, secretAccessKey, sessionToken } = options;
  if (accessKeyId === undefined && (secretAccessKey ?? sessionToken) !== undefined) {
    return [{ at: 'accessKeyId', expected: 'the access key that the secret belongs to', got: 'nothing' }];
  }
  if (accessKeyId !== undefined && secretAccessKey === undefined) {
    return [{ at: 'secretAccessKey', expected: 'the secret of accessKeyId', got: 'nothing' }];
  }
  return [];
}

function encryptionComplaints({ kmsKeyId, serverSideEncryption }: Given): readonly Complaint[] {
  if (kmsKeyId === undefined || String(serverSideEncryption).startsWith('aws:kms')) return [];
  const got = serverSideEncryption === undefined ? 'nothing' : 'another one';
  return [{ at: 'serverSideEncryption', expected: 'aws:kms or aws:kms:dsse, because kmsKeyId is set', got }];
}
