import {
  accepted,
  codeForStatus,
  excerpt,
  refused,
  retryAfterMs,
  type CheckResult,
  type DestinationErrorCode,
  type Reply,
  type Verdict,
} from '@grantex/core';

/** Where Acme means something else than HTTP does with a status (`codeForStatus`). What follows is the engine's business. */
const CODES: Readonly<Record<number, DestinationErrorCode>> = {
  409: 'DEST_FAILED', // another request is under way: the next try may succeed
};

/** What a person can do about an answer. One that passes by itself needs none. */
const ADVICE: Readonly<Record<number, string>> = {
  400: 'the service does not understand the events: check the version of this package',
  401: 'the key is missing or wrong: check apiKey',
  403: 'the key is wrong or may not write: check apiKey',
  404: 'nothing is there: check url',
  405: 'nothing there takes events: check url',
  413: 'the service takes smaller requests only: lower maxBatchBytes or batchSize',
};

/** What an answer means for the batch. */
export function classify(reply: Reply, now: number): Verdict {
  const { status } = reply;
  if (status >= 200 && status <= 299) return accepted(status);
  const wait = retryAfterMs(reply, now);
  return refused(CODES[status] ?? codeForStatus(status), messageFor(reply), {
    statusCode: status,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

/** Answers to a request without events that say nothing against one with events. */
const NO_EVENTS: ReadonlySet<number> = new Set([400, 405, 422, 501]);

/** What the answer to `check()` means: whether the service is there and knows the key. */
export function classifyCheck(reply: Reply, now: number): CheckResult {
  const { status } = reply;
  const isReached = NO_EVENTS.has(status) || classify(reply, now).outcome === 'accepted';
  if (!isReached) return { ok: false, statusCode: status, message: messageFor(reply) };
  const message = `Acme can be reached and answered ${status}; whether it takes events is proven by a test event only`;
  return { ok: true, statusCode: status, message };
}

function messageFor({ status, text }: Reply): string {
  const reason = excerpt(text);
  const advice = ADVICE[status];
  return `Acme replied ${status}${reason && ` (${reason})`}${advice === undefined ? '' : `; ${advice}`}`;
}
