import type { ReceivedRequest } from './received-request.js';

/** How the receiver treats one request. */
export interface Answer {
  /** @defaultValue 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A `Retry-After` header: seconds, or a moment. */
  readonly retryAfter?: number | Date;
  /** The answer comes so late; what is to be stored is stored before. */
  readonly delayMs?: number;
  /** No answer ever comes, and the connection stays open. Together with `dropAnswer` the request is stored. */
  readonly hang?: true;
  /**
   * The connection is reset: before the request is stored (and, when the answer was queued with `next`, before its body is
   * read), or after.
   */
  readonly reset?: 'before' | 'after-store';
  /** The request is stored and the connection closed without an answer. */
  readonly dropAnswer?: true;
  /** Whether the request counts as accepted. @defaultValue true after a 2xx, `reset: 'after-store'` and `dropAnswer` */
  readonly store?: boolean;
}

/** Decides on the answer when the whole request is there. */
export type AnswerRule = (request: ReceivedRequest) => Answer | Promise<Answer>;

export function isStored({ status = 200, hang, reset, dropAnswer, store }: Answer): boolean {
  if (store !== undefined) return store;
  if (dropAnswer || reset === 'after-store') return true;
  return !hang && reset === undefined && status >= 200 && status < 300;
}

export function headersOf({ headers, retryAfter }: Answer): Record<string, string> {
  if (retryAfter === undefined) return { ...headers };
  return { ...headers, 'retry-after': retryAfter instanceof Date ? retryAfter.toUTCString() : String(retryAfter) };
}
