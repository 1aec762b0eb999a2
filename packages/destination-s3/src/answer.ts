import { excerpt, type Reply } from '@grantex/core';

/** What S3 said, as the SDK's exceptions have it. */
export interface S3Answer {
  readonly status: number;
  /** S3's own word for what is wrong, such as `NoSuchBucket`. Empty when something else has answered. */
  readonly code: string;
  /** The same with its sentence, or the beginning of an answer that is not S3's. */
  readonly reason: string;
  /** Lower-case names. */
  readonly headers: Reply['headers'];
  /** Where the bucket is, when the answer says so. */
  readonly region?: string;
}

interface SdkException {
  readonly message?: unknown;
  readonly Code?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  readonly $response?: { readonly headers?: Reply['headers']; readonly text?: unknown };
}

/** Undefined when there was no answer. */
export function answerOf(error: unknown): S3Answer | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { message, Code, Region, $metadata, $response }: SdkException = error;
  const status = $metadata?.httpStatusCode;
  if (typeof status !== 'number') return undefined;
  const headers = $response?.headers ?? {};
  const region = headers['x-amz-bucket-region'] ?? Region;
  const code = typeof Code === 'string' ? Code : '';
  return {
    status,
    code,
    // What the SDK says about an answer that is no XML is of no use to anybody.
    reason: excerpt(code === '' ? textOf($response?.text) : `${code}: ${textOf(message)}`),
    headers,
    ...(typeof region === 'string' && { region }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
