import { gzip, zstdCompress } from 'node:zlib';
import { promisify } from 'node:util';
import { request, type Dispatcher } from 'undici';
import type { DestinationErrorCode } from '../errors.js';
import { explainNoAnswer } from './no-answer.js';

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

/** More of an answer than this is not read: error pages may be long. */
const MAX_REPLY_BYTES = 65_536;

/**
 * Sends one request and reads the answer, whatever its status. Redirects are not followed, so that a key never goes to
 * another host. Rejects with a `DestinationError` when no answer came.
 */
export async function exchange(options: HttpRequest): Promise<Reply> {
  const { method = 'POST', url, headers = {}, body = null, signal, dispatcher } = options;
  const chunks: Uint8Array[] = [];
  let response: Dispatcher.ResponseData;
  try {
    response = await request(url, { method, headers, body, signal, dispatcher });
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      if (bytes < MAX_REPLY_BYTES) chunks.push(chunk);
      bytes += chunk.byteLength;
      // Reading a little past the end keeps the connection; a body without end does not.
      if (bytes > 4 * MAX_REPLY_BYTES) break;
    }
  } catch (error) {
    throw explainNoAnswer(signal.aborted ? signal.reason : error, url);
  }
  const text = Buffer.concat(chunks).subarray(0, MAX_REPLY_BYTES).toString('utf8');
  return { status: response.statusCode, headers: response.headers, text };
}

/** The values of an option `compression`. */
export const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;
/** How a request is compressed; see {@link compress}. */
export type Compression = (typeof COMPRESSIONS)[number];

const compressors = {
  gzip: promisify<string | Uint8Array, Buffer>(gzip),
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
