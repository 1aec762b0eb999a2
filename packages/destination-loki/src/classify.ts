import {
  accepted,
  codeForStatus,
  excerpt,
  partlyAccepted,
  refused,
  retryAfterMs,
  type CheckResult,
  type DestinationErrorCode,
  type Refusal,
  type Reply,
  type Verdict,
} from '@grantex/core';
import type { LokiEntry } from './encode.js';
import { refusedEntries, type TimeFault } from './refused-entries.js';

/** Answers that mean something else than their status does elsewhere, or that a person can do something about. */
interface Answer {
  readonly status: number;
  /** @defaultValue whatever the answer says */
  readonly says?: RegExp;
  /** @defaultValue that of the status */
  readonly code?: DestinationErrorCode;
  readonly advice?: string;
}

const LABELS =
  /parse labels|parsing labels|label names; limit|label name too long|label value too long|duplicate label name|at least one label pair|missing required labels/;

/** One of Loki's servers has just been started, is being stopped, or does not answer the others. */
const OUT_OF_ORDER =
  /empty ring|live replicas required|code = (Unavailable|Canceled|DeadlineExceeded)|context deadline/;

/** The first that fits. From "Request validation and rate limits" and the source of Loki 3.7, and from a running 3.7.8. */
const ANSWERS: readonly Answer[] = [
  { status: 260, advice: 'the operator has blocked ingestion for this tenant: nothing was stored' },
  { status: 400, says: LABELS, code: 'DEST_MISCONFIGURED', advice: 'check labels' },
  {
    status: 400,
    says: /structured metadata, but this feature is disallowed/,
    code: 'DEST_MISCONFIGURED',
    advice: 'set structuredMetadata to false, or allow_structured_metadata in Loki to true',
  },
  { status: 400, says: /tenant ID/, code: 'DEST_MISCONFIGURED', advice: 'check tenantId' },
  { status: 400, says: /Content-Encoding/, code: 'DEST_MISCONFIGURED', advice: "set compression to 'none'" },
  {
    status: 400,
    says: /snappy: corrupt input/,
    code: 'DEST_MISCONFIGURED',
    advice: 'something on the way takes the header Content-Type away: check url',
  },
  {
    status: 400,
    says: /unexpected (end of input|EOF)/,
    advice: 'Loki may take smaller requests only: lower maxBatchBytes',
  },
  { status: 401, says: /no org id/, advice: 'this Loki has several tenants: set tenantId' },
  { status: 401, advice: 'check username and password' },
  { status: 403, advice: 'the password is wrong, or its access policy has no scope logs:write: check password' },
  { status: 404, advice: 'nothing takes pushes there: check url, which is the address before /loki/api/v1/push' },
  { status: 405, advice: 'nothing takes pushes there: check url, which is the address before /loki/api/v1/push' },
  { status: 407, advice: 'the proxy wants a password: check proxy' },
  { status: 413, advice: 'Loki, or a proxy before it, takes smaller requests only: lower maxBatchBytes' },
  {
    status: 429,
    says: /maximum active stream limit/,
    advice:
      'the tenant has as many streams as it may have: take values that change out of the labels, of whatever sends to it',
  },
  {
    status: 500,
    says: /ResourceExhausted/,
    code: 'DEST_TOO_LARGE',
    advice: 'a push is larger than the messages between Loki’s servers may be: lower maxBatchBytes',
  },
  // Nothing that an event could cause, so the push is never halved for it.
  { status: 500, says: OUT_OF_ORDER, code: 'DEST_UNAVAILABLE' },
];

const TIME_ADVICE: Readonly<Record<TimeFault, string>> = {
  'too old':
    'the event is older than Loki takes; where reject_old_samples_max_age is raised it can be sent again from the dead letters',
  'too new': 'the event is dated further ahead of Loki’s clock than creation_grace_period: check the clocks',
  'too far behind':
    'newer events are in the stream already, and behind those Loki takes an hour only; a sender that is so late needs a stream of its own: labels',
};

/**
 * What the answer to a push means. Only 204 says that it was stored: other 2xx are what an operator may choose to answer while
 * ingestion is blocked. `entries` are those of the push, in any order.
 */
export function classify(reply: Reply, now: number, host: string, entries: readonly LokiEntry[]): Verdict {
  const { status, text } = reply;
  if (status === 204) return accepted(status);
  const faults = status === 400 ? refusedEntries(text, entries) : undefined;
  if (faults === undefined) return refusalFor(reply, now, host, entries);
  const [fault] = faults.values();
  // Nothing was taken: halved, so that the delivery holds before it has given up a whole backlog.
  if (fault !== undefined && faults.size === entries.length) return timeRefusal(reply, host, fault);
  const refusals = [...faults].map(([index, each]) => [index, timeRefusal(reply, host, each)] as const);
  return partlyAccepted(new Map(refusals), status);
}

/** What the answer to a push without a stream means: whoever may push is told that there has to be one. */
export function classifyEmptyPush(reply: Reply, now: number, host: string): CheckResult {
  const { status, text } = reply;
  if (status === 204 || (status === 422 && text.includes('at least one'))) {
    const message = `${host} takes pushes from here; whether events are stored is not proven by this, but by a test event`;
    return { ok: true, statusCode: status, message };
  }
  return { ok: false, statusCode: status, message: refusalFor(reply, now, host, []).message };
}

function refusalFor(reply: Reply, now: number, host: string, entries: readonly LokiEntry[]): Refusal {
  const { status, text } = reply;
  const answer = ANSWERS.find((row) => row.status === status && row.says?.test(text) !== false);
  const wait = retryAfterMs(reply, now);
  const details = { statusCode: status, ...(wait !== undefined && { retryAfterMs: wait }) };
  if (status === 429 && entries.length > 1 && isBeyondRate(text, entries)) {
    const advice = 'one request has more than the rate limit of a second: lower maxBatchBytes';
    return refused('DEST_TOO_LARGE', told(reply, host, advice), details);
  }
  const advice = answer?.advice ?? (isSuccess(status) ? NOT_STORED : isRedirect(status) ? NOT_FOLLOWED : undefined);
  return refused(answer?.code ?? codeForStatus(status), told(reply, host, advice), details);
}

const NOT_STORED =
  'only 204 says that a push was stored: check url, and ask the operator whether ingestion is blocked for this tenant';
const NOT_FOLLOWED = 'redirects are not followed: check url';

function timeRefusal(reply: Reply, host: string, fault: TimeFault): Refusal {
  return refused('DEST_REJECTED', told(reply, host, TIME_ADVICE[fault]), { statusCode: reply.status });
}

function told({ status, text }: Reply, host: string, advice: string | undefined): string {
  const reason = reasonFrom(text);
  return `${host} replied ${status}${reason && ` (${reason})`}${advice === undefined ? '' : `; ${advice}`}`;
}

/** Loki's words about the first error, without the part of the body that it found hard to read: that is an event's data. */
function reasonFrom(text: string): string {
  const [first = ''] = text.replace(/^\d+ errors like: /, '').split(/, error found in #|; \d+ errors like: |,\n/);
  return excerpt(first);
}

const UNITS: Readonly<Record<string, number>> = { ' bytes': 1, B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

/**
 * Whether a push has more bytes than may come in a second, by the limit that Loki names. If that is beyond the burst as
 * well, which Loki does not name, the push would wait for ever.
 */
function isBeyondRate(text: string, entries: readonly LokiEntry[]): boolean {
  const [, amount, unit = ''] = /limit: (\d+)( bytes|[KMG]?B)\/sec/.exec(text) ?? [];
  const limit = Number(amount) * (UNITS[unit] ?? Number.NaN);
  return entries.reduce((sum, { bytes }) => sum + bytes, 0) > limit;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

function isRedirect(status: number): boolean {
  return status >= 300 && status <= 399;
}
