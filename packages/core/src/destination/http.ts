import { zstdCompress } from 'node:zlib';
import { promisify } from 'node:util';
import type { Dispatcher } from 'undici';
import type { DestinationErrorCode } from '../errors.js';
import { gzip } from './gzip.js';
import { explainNoAnswer } from './no-answer.js';
import { ReplyHandler } from './reply-handler.js';

/** One exchange with an HTTP service. What the answer means is the destination's business. */

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

/** A service's answer. */
export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The first 64 KiB of the body. */
  readonly text: string;
}

/**
 * Sends one request and reads the answer, whatever its status. Redirects are not followed, so that a key never goes to
 * another host. Rejects with a `DestinationError` when no answer came.
 */
export async function exchange(options: HttpRequest): Promise<Reply> {
  const { method = 'POST', url, headers = {}, body = null, signal, dispatcher } = options;
  try {
    signal.throwIfAborted();
    const handler = new ReplyHandler(signal);
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method, headers, body }, handler);
    return await handler.reply;
  } catch (error) {
    throw explainNoAnswer(signal.aborted ? signal.reason : error, url);
  }
}

/** The values of an option `compression`. */
export const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;
/** How a request is compressed; see {@link compress}. */
export type Compression = (typeof COMPRESSIONS)[number];

const compressors = {
  gzip,
  zstd: promisify<string | Uint8Array, Buffer>(zstdCompress),
};

/** The body as it goes out. Compression runs off the main thread; the same body always gives the same bytes. */
export async function compress(body: string | Uint8Array, compression: Compression): Promise<string | Uint8Array> {
  return compression === 'none' ? body : await compressors[compression](body);
}

/** The headers that a compressed body needs. */
export function compressionHeaders(compression: Compression): Record<string, string> {
  return compression === 'none' ? {} : { 'content-encoding': compression };
}

/** What an HTTP status means where the service's own documentation says nothing else. */
export function codeForStatus(status: number): DestinationErrorCode {
  switch (status) {
    case 401:
    case 403:
      return 'DEST_UNAUTHORIZED';
    case 408:
    case 502:
    case 503:
    case 504:
      return 'DEST_UNAVAILABLE';
    case 413:
      return 'DEST_TOO_LARGE';
    case 400:
    case 422:
      return 'DEST_REJECTED';
    case 425:
    case 429:
      return 'DEST_THROTTLED';
    case 501:
      return 'DEST_MISCONFIGURED';
    default:
      return status >= 500 ? 'DEST_FAILED' : 'DEST_MISCONFIGURED';
  }
}
