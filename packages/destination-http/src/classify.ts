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

/** Where HTTP's own meaning is not `codeForStatus`'s: another try may succeed. */
const CODES: Readonly<Record<number, DestinationErrorCode>> = {
  409: 'DEST_FAILED', // often: the first try with this Idempotency-Key is still under way
  425: 'DEST_UNAVAILABLE',
};

/** What a person can do about an answer. One that passes by itself needs none. */
const ADVICE: Readonly<Record<number, string>> = {
  400: 'the receiver does not understand the body: check format',
  401: 'the key is missing or wrong: check headers',
  403: 'the key is wrong or may not write: check headers',
  404: 'nothing is there: check url',
  405: 'the receiver does not take this method: check method and url',
  407: 'the proxy wants a password: check proxy',
  410: 'the receiver says that this endpoint is gone for good: check url, or take this destination away',
  413: 'the receiver takes smaller requests only: lower maxBatchBytes or batchSize',
  415: 'the receiver does not take this type of content: check format and compression',
  501: 'the receiver does not know this method: check method',
};

export interface ClassifyOptions {
  /** Statuses that mean accepted; undefined: all from 200 to 299. */
  readonly successCodes?: readonly number[];
  /** The address that was asked: a redirect may be relative to it. */
  readonly url: URL;
}

/** What an answer means. HTTP has no answers for single events: a request is accepted or refused as a whole. */
export function classify(reply: Reply, now: number, options: ClassifyOptions): Verdict {
  const { status } = reply;
  const isAccepted = options.successCodes?.includes(status) ?? isSuccess(status);
  return isAccepted ? accepted(status) : refusalFor(reply, now, options);
}

/** Answers to a HEAD that say nothing against a POST to the same place. */
const NO_HEAD: ReadonlySet<number> = new Set([400, 404, 405, 411, 415, 422, 429, 501]);

/** What an answer to a HEAD means. Nobody has to answer one sensibly, so it proves little. */
export function classifyHead(reply: Reply, now: number, options: ClassifyOptions): CheckResult {
  const { status } = reply;
  const { host } = options.url;
  if (isSuccess(status) || NO_HEAD.has(status)) {
    const what = isSuccess(status) ? '' : ', which many receivers do when they are asked without an event';
    const message = `${host} can be reached and answered ${status}${what}; whether it takes events is not proven by this, but by a test event`;
    return { ok: true, statusCode: status, message };
  }
  return { ok: false, statusCode: status, message: refusalFor(reply, now, options).message };
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function refusalFor(reply: Reply, now: number, { url }: ClassifyOptions): Refusal {
  const { status } = reply;
  const reason = excerpt(reply.text);
  const advice = adviceFor(reply, url);
  const message = `${url.host} replied ${status}${reason && ` (${reason})`}${advice === undefined ? '' : `; ${advice}`}`;
  const wait = retryAfterMs(reply, now);
  return refused(CODES[status] ?? codeForStatus(status), message, {
    statusCode: status,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function adviceFor(reply: Reply, url: URL): string | undefined {
  const { status } = reply;
  if (status >= 300 && status <= 399) {
    return `it redirects to ${redirectHost(reply, url)}; redirects are not followed, so that no key goes there: check url`;
  }
  return isSuccess(status) ? 'this is none of successCodes' : ADVICE[status];
}

/** Only the host: the rest of an address may hold a key. */
function redirectHost({ headers }: Reply, url: URL): string {
  const { location } = headers;
  if (typeof location !== 'string' || !URL.canParse(location, url.href)) return 'nowhere';
  const target = new URL(location, url);
  return target.host === url.host ? `another address at ${target.protocol}//${target.host}` : target.host;
}
