import {
  accepted,
  codeForStatus,
  excerpt,
  refused,
  retryAfterMs,
  type CheckResult,
  type DestinationErrorCode,
  type Refusal,
  type Reply,
  type Verdict,
} from '@grantex/core';

/** The answers of "Send logs" in Datadog's API reference, and the three that a wrong address gives. */
const CODES: Readonly<Record<number, DestinationErrorCode>> = {
  400: 'DEST_REJECTED',
  401: 'DEST_UNAUTHORIZED',
  403: 'DEST_UNAUTHORIZED',
  404: 'DEST_MISCONFIGURED',
  405: 'DEST_MISCONFIGURED',
  407: 'DEST_MISCONFIGURED',
  408: 'DEST_UNAVAILABLE',
  413: 'DEST_TOO_LARGE',
  429: 'DEST_THROTTLED',
  500: 'DEST_FAILED',
  503: 'DEST_UNAVAILABLE',
};

/** What a person can do about an answer. One that passes by itself needs none. */
const ADVICE: Readonly<Record<number, string>> = {
  400: 'when everything is refused, the usual cause is a key of another site: check site, or endpoint',
  401: 'no API key arrived: check apiKey, and any proxy that may take the header DD-API-KEY away',
  403: 'check that apiKey is an API key (no application key, no key ID) that was not revoked, and that site is the one it belongs to',
  404: 'the path is not known there: check endpoint, which is the address before /api',
  405: 'the path is not known there: check endpoint, which is the address before /api',
  407: 'the proxy wants a password: check proxy',
  413: 'a request may have 5 MB before compression',
};

/**
 * What an answer of the intake means. A request is accepted or refused as a whole; a 202 says that it was accepted for
 * processing, not that it is indexed. The Datadog Agent drops the logs at 400, 401, 403 and 413; nothing is dropped here.
 */
export function classify(reply: Reply, now: number): Verdict {
  return isSuccess(reply) ? accepted(reply.status) : refusalFor(reply, now);
}

/**
 * What an answer of `/api/v1/validate` means. It is asked at the API host, so that the intake host may still be out of
 * reach; and receivers that stand in for Datadog answer without looking at the key.
 */
export function classifyValidation(reply: Reply, now: number, intake: string): CheckResult {
  const { status, text } = reply;
  const result = (ok: boolean, message: string): CheckResult => ({ ok, statusCode: status, message });
  if (!isSuccess(reply)) return result(false, refusalFor(reply, now).message);
  const body = parseObject(text);
  if (body === undefined) {
    return result(false, `something other than Datadog replied ${status} (${excerpt(text)}); check site and endpoint`);
  }
  if (body['valid'] === false) return result(false, `Datadog does not know the API key; ${ADVICE[403]}`);
  if (body['valid'] !== true) return result(true, 'answered, but without saying whether the API key is valid');
  return result(true, `the API key is valid; whether logs reach ${intake} is not proven by this, but by a test event`);
}

function isSuccess({ status }: Reply): boolean {
  return status >= 200 && status <= 299;
}

function refusalFor(reply: Reply, now: number): Refusal {
  const { status } = reply;
  const reason = reasonFrom(reply.text);
  const advice = status >= 300 && status <= 399 ? 'redirects are not followed: check endpoint' : ADVICE[status];
  const message = `Datadog replied ${status}${reason && ` (${reason})`}${advice === undefined ? '' : `; ${advice}`}`;
  const wait = retryAfterMs(reply, now) ?? rateLimitResetMs(reply);
  return refused(codeFor(status), message, { statusCode: status, ...(wait !== undefined && { retryAfterMs: wait }) });
}

function codeFor(status: number): DestinationErrorCode {
  // An undocumented 4xx is tried again, as the Datadog Agent does; the delivery halves a batch that keeps getting it.
  return CODES[status] ?? (status >= 400 && status <= 499 ? 'DEST_FAILED' : codeForStatus(status));
}

/** Seconds until the rate limit starts anew, from "Rate limits" in the API reference; in milliseconds. */
function rateLimitResetMs({ status, headers }: Reply): number | undefined {
  const seconds = headers['x-ratelimit-reset'];
  return status === 429 && typeof seconds === 'string' && /^\d{1,5}$/.test(seconds)
    ? Number(seconds) * 1000
    : undefined;
}

/** The intake's own words: `errors` holds texts, or objects with `title` and `detail`; older answers have a bare `detail`. */
function reasonFrom(text: string): string {
  const body = parseObject(text);
  if (body === undefined) return excerpt(text);
  const errors: readonly unknown[] = Array.isArray(body['errors']) ? body['errors'] : [body];
  const reasons = errors.map(reasonOfError).filter((reason) => reason !== '');
  if (reasons.length > 0) return excerpt(reasons.join('; '));
  return Object.keys(body).length === 0 ? '' : excerpt(text);
}

function reasonOfError(error: unknown): string {
  if (typeof error === 'string') return error;
  if (typeof error !== 'object' || error === null) return '';
  const { title, detail } = error as { readonly title?: unknown; readonly detail?: unknown };
  return [title, detail].filter((part) => typeof part === 'string' && part !== '').join(': ');
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // A page of HTML, or an answer that was cut off.
    return undefined;
  }
}
