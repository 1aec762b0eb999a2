import { excerpt } from '../http-answer.js';

/** What the event server's answer to a connect means. Facts: the event server's contract, sections 1, 2 and 9. */

export type ConnectAnswer =
  | { readonly kind: 'open' }
  /** Trying again would not help: the key or the address is wrong. */
  | { readonly kind: 'refused'; readonly message: string }
  /** It passes by itself. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retryAfterMs?: number }
  /** Five streams of this account are open, or still counted. Each further attempt makes the count live longer. */
  | { readonly kind: 'too many connections'; readonly message: string };

/** `retryAfterMs` as the header says; `body` is the beginning of the answer. */
export function readConnectAnswer(answer: {
  readonly statusCode: number;
  readonly contentType: string;
  readonly body: string;
  readonly retryAfterMs: number | undefined;
}): ConnectAnswer {
  const { statusCode, contentType, body, retryAfterMs } = answer;
  const { code, message } = readError(body);
  const detail = [code, message].filter((part) => part !== '').join(': ');
  const after = retryAfterMs === undefined ? {} : { retryAfterMs };
  if (statusCode === 200) {
    return /^text\/event-stream *(;|$)/i.test(contentType)
      ? { kind: 'open' }
      : { kind: 'refused', message: `the answer is no event stream but ${contentType || 'of no type'}: check the url` };
  }
  if (statusCode === 429) {
    return code === 'TOO_MANY_CONNECTIONS'
      ? { kind: 'too many connections', message: detail }
      : { kind: 'unavailable', message: detail, ...after };
  }
  if (statusCode === 408 || statusCode === 425 || statusCode >= 500) {
    return { kind: 'unavailable', message: detail, ...after };
  }
  if (statusCode === 401 || statusCode === 403) {
    return { kind: 'refused', message: `${detail === '' ? 'the key is refused' : detail}. Check the apiKey` };
  }
  return { kind: 'refused', message: `${detail === '' ? 'an unexpected answer' : detail}. Check the url` };
}

function readError(body: string): { code: string; message: string } {
  try {
    const { code, message } = JSON.parse(body) as { code?: unknown; message?: unknown };
    return {
      code: typeof code === 'string' ? excerpt(code) : '',
      message: typeof message === 'string' ? excerpt(message) : '',
    };
  } catch {
    return { code: '', message: '' }; // A proxy's page, say.
  }
}
