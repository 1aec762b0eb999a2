import {
  accepted,
  codeForStatus,
  refused,
  retryAfterMs,
  type CheckResult,
  type DestinationErrorCode,
  type Refusal,
  type Verdict,
} from '@grantex/core';
import { answerOf, type S3Answer } from './answer.js';

/** Where an object was to go: what a person has to allow, or to mend. */
interface Place {
  readonly bucket: string;
  /** What the keys begin with. */
  readonly prefix: string;
}

/**
 * "List of error codes" in the Amazon S3 API Reference, as far as uploads meet them. S3 does not look into an object, so
 * that no answer is ever the fault of an event: what is not listed holds or comes again, and nothing is given up.
 */
const CODES: ReadonlyMap<string, DestinationErrorCode> = new Map([
  // The bytes came late or damaged, and the next try has them whole.
  ['BadDigest', 'DEST_UNAVAILABLE'],
  ['IncompleteBody', 'DEST_UNAVAILABLE'],
  ['RequestTimeout', 'DEST_UNAVAILABLE'],
  ['XAmzContentChecksumMismatch', 'DEST_UNAVAILABLE'],
  ['XAmzContentSHA256Mismatch', 'DEST_UNAVAILABLE'],
  // Another request for the same key, perhaps our own of before, is under way.
  ['ConditionalRequestConflict', 'DEST_UNAVAILABLE'],
  ['OperationAborted', 'DEST_UNAVAILABLE'],
  // The SDK takes over the service's clock from this answer.
  ['RequestTimeTooSkewed', 'DEST_UNAVAILABLE'],
  // A bucket that was just made: its name is still being spread.
  ['TemporaryRedirect', 'DEST_UNAVAILABLE'],
  ['RequestLimitExceeded', 'DEST_THROTTLED'],
  ['SlowDown', 'DEST_THROTTLED'],
  ['ThrottlingException', 'DEST_THROTTLED'],
  ['TooManyRequests', 'DEST_THROTTLED'],
  ['EntityTooLarge', 'DEST_TOO_LARGE'],
  ['MaxMessageLengthExceeded', 'DEST_TOO_LARGE'],
  ['ExpiredToken', 'DEST_UNAUTHORIZED'],
  ['InvalidToken', 'DEST_UNAUTHORIZED'],
  ['TokenRefreshRequired', 'DEST_UNAUTHORIZED'],
  ['XAdminUserNotFound', 'DEST_UNAUTHORIZED'], // Versity S3 Gateway's word for an unknown key
]);

const KEY_ADVICE =
  'check accessKeyId and secretAccessKey, or where the default credentials of the AWS SDK come from (environment, profile, role)';
const TOKEN_ADVICE =
  'the credentials have run out: give new ones, or leave accessKeyId, secretAccessKey and sessionToken out, so that the AWS SDK renews those of a role';

/** What a person can do about a code of S3. One that passes by itself needs none. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['InvalidAccessKeyId', KEY_ADVICE],
  ['SignatureDoesNotMatch', KEY_ADVICE],
  ['XAdminUserNotFound', KEY_ADVICE],
  ['ExpiredToken', TOKEN_ADVICE],
  ['InvalidToken', TOKEN_ADVICE],
  ['TokenRefreshRequired', TOKEN_ADVICE],
  ['RequestTimeTooSkewed', 'the clock of this machine is wrong; the next request goes by the clock of S3'],
  [
    'NotImplemented',
    'a store that is not from AWS may not know If-None-Match, checksums or encryption: try conditionalWrites: false, then checksums: false',
  ],
  ['InvalidStorageClass', 'check storageClass'],
  ['InvalidBucketState', 'objectLock needs a bucket with Object Lock'],
  ['ObjectParentIsFile', 'an object lies where a folder is wanted: check prefix'],
  ['EntityTooLarge', 'lower maxBatchBytes or batchSize'],
]);

/** The same by status, where no code is known. */
const STATUS_ADVICE: Readonly<Record<number, string>> = {
  304: 'the store answers so when the object is there already, which AWS does with 412: set conditionalWrites: false',
  400: 'S3 never refuses an event for its content; this is about a setting: see what it says, and check serverSideEncryption, kmsKeyId, objectLock and checksums',
  404: 'nothing of S3 is there: check endpoint',
  405: 'nothing of S3 is there: check endpoint',
  407: 'the proxy wants a password: check proxy',
  413: 'lower maxBatchBytes or batchSize',
};

/** What S3 answers a PUT with. */
interface PutOutput {
  readonly ETag?: string | undefined;
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** A success of S3 has an ETag; that of a proxy or a portal that stands in the way has none. */
export function classifyOutput({ ETag, $metadata: { httpStatusCode = 200 } }: PutOutput): Verdict {
  return ETag === undefined || ETag === '' ? notS3(httpStatusCode) : accepted(httpStatusCode);
}

/**
 * What an exception of the SDK means for an upload; undefined when there was no answer, and nothing is known beyond that.
 *
 * 412 `PreconditionFailed` is `If-None-Match: *` saying that the object is there. Its key has a digest of the content: an
 * earlier try, or an earlier run, has written just this.
 */
export function classify(error: unknown, now: number, place: Place): Verdict | undefined {
  const answer = answerOf(error);
  if (answer?.status === 412 && answer.code === 'PreconditionFailed') return accepted(412);
  return answer === undefined ? classifyWithoutAnswer(error) : refusalFor(answer, now, place);
}

/** What S3 answers the question for names with. */
interface Listing {
  readonly KeyCount?: number | undefined;
  readonly Name?: string | undefined;
  readonly $metadata: { readonly httpStatusCode?: number | undefined };
}

/** What an answer to the question for one name in the bucket means. A listing of S3 says how many names it has. */
export function classifyListing(
  { KeyCount, Name, $metadata: { httpStatusCode = 200 } }: Listing,
  { bucket }: Place,
): CheckResult {
  if (KeyCount === undefined && Name === undefined) {
    return { ok: false, statusCode: httpStatusCode, message: notS3(httpStatusCode).message };
  }
  const message = `the bucket ${bucket} is there and the key is known; whether it may write is not proven by this, but by a test event`;
  return { ok: true, statusCode: httpStatusCode, message };
}

/** The same for an exception; undefined when there was no answer. Keys that may only write are the better ones here. */
export function classifyListingError(error: unknown, now: number, place: Place): CheckResult | undefined {
  const answer = answerOf(error);
  if (answer?.code === 'AccessDenied' && !isAboutRole(answer)) {
    const { status } = answer;
    const message = `S3 knows the key, which may not list the bucket ${place.bucket} (s3:ListBucket) and need not; whether it may write is not proven by this, but by a test event`;
    return { ok: true, statusCode: status, message };
  }
  const refusal = answer === undefined ? classifyWithoutAnswer(error) : refusalFor(answer, now, place);
  if (refusal === undefined) return undefined;
  const { message, statusCode } = refusal;
  return { ok: false, message, ...(statusCode !== undefined && { statusCode }) };
}

function notS3(status: number): Refusal {
  const message = `something other than S3 replied ${status}; check endpoint, and proxies on the way`;
  return refused('DEST_MISCONFIGURED', message, { statusCode: status });
}

/** What the SDK says by itself. */
function classifyWithoutAnswer(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const { name, message } = error;
  if (/^(Credentials|Token)?ProviderError$/.test(name)) {
    return refused('DEST_UNAUTHORIZED', `there are no credentials (${message}); ${KEY_ADVICE}`);
  }
  if (name === 'EndpointError' || name === 'InvalidBucketName') {
    return refused('DEST_MISCONFIGURED', `${message}; check bucket, region and endpoint`);
  }
  return undefined;
}

function refusalFor(answer: S3Answer, now: number, place: Place): Refusal {
  const { status, code, reason } = answer;
  const advice = adviceFor(answer, place);
  const message = `S3 replied ${status}${reason && ` (${reason})`}${advice === undefined ? '' : `; ${advice}`}`;
  const wait = retryAfterMs(answer, now);
  return refused(CODES.get(code) ?? codeFor(status), message, {
    statusCode: status,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function codeFor(status: number): DestinationErrorCode {
  if (status === 400 || status === 422) return 'DEST_MISCONFIGURED';
  const code = codeForStatus(status);
  // Halving would only make more objects of the same bytes.
  return code === 'DEST_FAILED' ? 'DEST_UNAVAILABLE' : code;
}

function adviceFor(answer: S3Answer, { bucket, prefix }: Place): string | undefined {
  const { status, code, region } = answer;
  if (code === 'NoSuchBucket') return `there is no bucket ${bucket}: check bucket, and region or endpoint`;
  if (isAboutRole(answer)) return KEY_ADVICE;
  if (code === 'AccessDenied' || (status === 403 && code === '')) {
    return `the key may not write there: allow s3:PutObject on arn:aws:s3:::${bucket}/${prefix}* (with serverSideEncryption aws:kms also kms:GenerateDataKey on the key, with objectLock also s3:PutObjectRetention)`;
  }
  if (code === 'PermanentRedirect' || code === 'AuthorizationHeaderMalformed' || status === 301) {
    return region === undefined
      ? 'the bucket is in another region: check region'
      : `the bucket is in ${region}: check region`;
  }
  if (code.startsWith('KMS.')) return 'check kmsKeyId, and whether the key is enabled and in the region of the bucket';
  if (CODES.has(code) || ADVICE.has(code)) return ADVICE.get(code);
  return status >= 300 && status <= 399 && status !== 304 ? redirect() : STATUS_ADVICE[status];
}

/** The answer is not that of S3, but of the service that gives out a role's credentials. */
function isAboutRole({ reason }: S3Answer): boolean {
  return reason.includes('sts:');
}

function redirect(): string {
  return 'redirects are not followed, so that no signature goes elsewhere: check endpoint';
}
