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
import { readHecReply, type HecReply } from './hec-reply.js';

/**
 * Where a code of HEC says more than its status, by both: what answers in Splunk's place has other codes. From
 * "Troubleshoot HTTP Event Collector"; 28 as Splunk Cloud 10.5 was seen to answer. An unlisted one is judged by its status.
 */
const CODES: Readonly<Record<string, DestinationErrorCode>> = {
  '400 7': 'DEST_MISCONFIGURED', // incorrect index
  '400 10': 'DEST_MISCONFIGURED', // data channel is missing
  '400 11': 'DEST_MISCONFIGURED', // invalid data channel
  '400 14': 'DEST_MISCONFIGURED', // ACK is disabled
  '400 16': 'DEST_MISCONFIGURED', // query string authorization is not enabled
  '400 21': 'DEST_UNAUTHORIZED', // invalid token
  '400 22': 'DEST_UNAUTHORIZED', // token disabled
  '400 28': 'DEST_MISCONFIGURED', // data channel is missing, in Splunk Cloud
};

/** Refused for the content of one event: invalid data format, event field missing or blank, indexed fields. */
const CONTENT_CODES: ReadonlySet<number> = new Set([6, 12, 13, 15]);

const TOKEN_PAGE = 'Settings > Data inputs > HTTP Event Collector';
const UNKNOWN_TOKEN = `check that hecToken is a token of this Splunk (${TOKEN_PAGE}), and that hecUrl is its address`;
const DISABLED_TOKEN = `enable the token, or all tokens under Global Settings (${TOKEN_PAGE})`;
const ACK_IS_ON = 'the token has indexer acknowledgement on: set acknowledgement to true, or turn it off at the token';
const UNKNOWN_PATH = 'the path is not known there: check hecUrl, which is the address before /services/collector';

/** What a person can do about an answer, by status and code, else by status. One that passes by itself needs nothing. */
const ADVICE: Readonly<Record<string, string>> = {
  '400 6':
    'Splunk answers so to what it cannot read, and Splunk Cloud to a request that is too large: lower maxBatchBytes',
  '400 10': ACK_IS_ON,
  '400 11': 'something on the way changes the header X-Splunk-Request-Channel',
  '400 14': 'the token has indexer acknowledgement off: turn it on at the token, or leave acknowledgement out',
  '400 16': 'a token in the query is not taken: check hecUrl',
  '400 21': UNKNOWN_TOKEN,
  '400 22': DISABLED_TOKEN,
  '400 28': ACK_IS_ON,
  '401': 'no usable token arrived: check hecToken, and any proxy that may change the header Authorization',
  '403': UNKNOWN_TOKEN,
  '403 1': DISABLED_TOKEN,
  '404': UNKNOWN_PATH,
  '405': UNKNOWN_PATH,
  '407': 'the proxy wants a password: check proxy',
  '413': 'lower maxBatchBytes, or raise max_content_length in limits.conf of Splunk',
  '415': 'the receiver does not inflate requests: set compression to none',
};

/** What was sent, as far as the meaning of an answer depends on it. */
export interface Sent {
  /** Events in the request. */
  readonly size: number;
  /** Bytes of its body before compression. */
  readonly bytes: number;
  /** The index of all its events. */
  readonly index: string;
}

/** From here on a request may be larger than some Splunk takes: 1,000,000 was the limit of old releases. */
const LARGE_BYTES = 1_000_000;

/**
 * What an answer to a request of events means. HEC takes events one by one: those before the first that it refuses are stored,
 * that one and all behind it are not (measured on 10.4.3 and Cloud 10.5, September 2026, for {@link CONTENT_CODES}).
 */
export function classify(reply: Reply, now: number, sent: Sent): Verdict {
  const answer = readHecReply(reply.text);
  if (isSuccess(reply)) {
    // Code 24 and 25 warn that a queue is filling, and the events are stored. So will it be with codes to come.
    if (answer.code !== undefined) return accepted(reply.status);
    return refused('DEST_MISCONFIGURED', strangerMessage(reply), { statusCode: reply.status });
  }
  const refusal = refusalFor(reply, answer, now, sent);
  const offender = offenderIn(reply, answer, sent.size);
  if (offender === undefined) return refusal;
  const refusals = new Map([[offender, refusal]]);
  for (let behind = offender + 1; behind < sent.size; behind++) refusals.set(behind, behindRefused(refusal));
  return partlyAccepted(refusals, reply.status);
}

/** What an answer to an event without content means, which Splunk refuses after it has looked at the token. */
export function classifyCheck(reply: Reply, now: number, index: string): CheckResult {
  const { status } = reply;
  const answer = readHecReply(reply.text);
  const isRefusedAsBlank = status === 400 && [5, 12, 13].includes(answer.code ?? -1);
  if (isRefusedAsBlank || (isSuccess(reply) && answer.code !== undefined)) {
    const message = `the token is valid; whether it may write to index ${index} is not proven by this, but by a test event`;
    return { ok: true, statusCode: status, message };
  }
  const message = isSuccess(reply)
    ? strangerMessage(reply)
    : refusalFor(reply, answer, now, { size: 1, bytes: 0, index }).message;
  return { ok: false, statusCode: status, message };
}

export type Indexed =
  | 'yes'
  | 'not yet'
  /** There are no acknowledgements to be had: the token or the receiver has none. */
  | 'never told';

/** Answers about an acknowledgement that may be others a moment later; what else is refused will be again. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429]);

/** What an answer to the question about acknowledgements means. A yes is given once only: then Splunk forgets it. */
export function classifyAck({ status, text }: Reply, ackIds: readonly number[]): Indexed {
  const { acks } = readHecReply(text);
  if (status === 200 && acks !== undefined) return ackIds.some((id) => acks[id] === true) ? 'yes' : 'not yet';
  return status === 200 || (status >= 400 && status <= 499 && !PASSING.has(status)) ? 'never told' : 'not yet';
}

/** What an answer to the question about acknowledgements means when it is asked in advance. */
export function classifyAckCheck(reply: Reply, now: number): CheckResult {
  const { status } = reply;
  const answer = readHecReply(reply.text);
  if (status === 200 && answer.acks !== undefined) {
    return { ok: true, statusCode: status, message: 'indexer acknowledgement is on' };
  }
  const { message } = refusalFor(reply, answer, now, { size: 1, bytes: 0, index: '' });
  return { ok: false, statusCode: status, message: `indexer acknowledgement: ${message}` };
}

function isSuccess({ status }: Reply): boolean {
  return status >= 200 && status <= 299;
}

/** A page to log in, a parking page: to take it for success would lose events in silence. */
function strangerMessage({ status, text }: Reply): string {
  const reason = excerpt(text);
  return `something other than HEC replied ${status}${reason && ` (${reason})`}; check hecUrl`;
}

/**
 * The event that was refused, when those before it are stored. For the first of a request Splunk says 0, and nothing is stored;
 * it also says 0 when every event is refused, and Splunk Cloud when a request is too large: then the batch is halved.
 */
function offenderIn({ status }: Reply, { code, invalidEventNumber }: HecReply, size: number): number | undefined {
  if (status !== 400 || code === undefined || !CONTENT_CODES.has(code)) return undefined;
  return invalidEventNumber !== undefined && invalidEventNumber < size && invalidEventNumber > 0
    ? invalidEventNumber
    : undefined;
}

/** They come again at once: nothing is wrong with them. */
function behindRefused({ message, statusCode = 400 }: Refusal): Refusal {
  const again = `${message}; what stands behind a refused event is not stored, and is sent again`;
  return refused('DEST_UNAVAILABLE', again, { statusCode, retryAfterMs: 0 });
}

function refusalFor(reply: Reply, answer: HecReply, now: number, sent: Sent): Refusal {
  const { status } = reply;
  const reason = excerpt(answer.text ?? reply.text);
  const what = `Splunk replied ${status}${answer.code === undefined ? '' : `, code ${answer.code}`}${reason && ` (${reason})`}`;
  const advice = adviceFor(status, answer, sent.index);
  const wait = retryAfterMs(reply, now);
  return refused(codeFor(status, answer, sent.bytes), advice === undefined ? what : `${what}; ${advice}`, {
    statusCode: status,
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

function codeFor(status: number, { code }: HecReply, bytes: number): DestinationErrorCode {
  if (status === 400 && code === 6 && bytes > LARGE_BYTES) return 'DEST_TOO_LARGE';
  return CODES[`${status} ${code}`] ?? codeForStatus(status);
}

function adviceFor(status: number, { code }: HecReply, index: string): string | undefined {
  if (status >= 300 && status <= 399) return 'redirects are not followed, so that no token goes there: check hecUrl';
  if (status === 400 && code === 7) {
    return `the token may not write to index ${index}, or there is none: check index, and the indexes that the token allows`;
  }
  return ADVICE[`${status} ${code}`] ?? ADVICE[status];
}
