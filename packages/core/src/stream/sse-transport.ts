import type { Dispatcher } from 'undici';
import { retryAfterMs } from '../http-answer.js';
import { readConnectAnswer } from './connect-answer.js';
import { causeOf } from './end-cause.js';
import { SseFrames } from './sse-frames.js';
import type { ConnectionEnd, ListenRequest, StreamListener, StreamTransport } from './transport.js';

/** Of an answer that is no stream so many bytes are read. */
const MAX_ANSWER_BYTES = 65_536;

/** Server-sent events over undici. The dispatcher must not time out by itself: quiet streams send no headers for 30 s. */
export function sseTransport(dispatcher: Dispatcher, now: () => number): StreamTransport {
  return {
    name: 'sse',
    listen: (request, listener) =>
      new Promise<ConnectionEnd>((resolve) => {
        const handler = new SseHandler(request, listener, now, resolve);
        const { origin, path } = streamAddress(request);
        try {
          dispatcher.dispatch({ origin, path, method: 'GET', headers: requestHeaders(request) }, handler);
        } catch (error) {
          resolve({ kind: 'ended', cause: causeOf(error) }); // A dispatcher that was closed, say.
        }
      }),
  };
}

function streamAddress({ url, types }: ListenRequest): { origin: string; path: string } {
  const base = url.pathname.replace(/\/$/, '');
  // Commas stay as they are: the server splits at them before it decodes nothing else.
  const query = types === undefined ? '' : `?types=${types.map(encodeURIComponent).join(',')}`;
  return { origin: url.origin, path: `${base}/v1/events/stream${query}` };
}

function requestHeaders({ apiKey, lastEventId }: ListenRequest): Record<string, string> {
  return {
    authorization: `Bearer ${apiKey}`,
    accept: 'text/event-stream',
    'cache-control': 'no-store',
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  };
}

/** Handles one connection. Events are handed on from within undici's callbacks: no promise and no stream in between. */
class SseHandler implements Dispatcher.DispatchHandler {
  readonly #request: ListenRequest;
  readonly #listener: StreamListener;
  readonly #now: () => number;
  readonly #resolve: (end: ConnectionEnd) => void;
  readonly #frames: SseFrames;
  /** An answer that is no stream: its status, headers and the beginning of its body. */
  #refusal:
    | { statusCode: number; headers: Record<string, string | string[] | undefined>; chunks: Buffer[] }
    | undefined;
  #refusalBytes = 0;

  constructor(
    request: ListenRequest,
    listener: StreamListener,
    now: () => number,
    resolve: (end: ConnectionEnd) => void,
  ) {
    this.#request = request;
    this.#listener = listener;
    this.#now = now;
    this.#resolve = resolve;
    this.#frames = new SseFrames(listener);
    // Also while the connection is still being made, when there is nothing yet that could be aborted.
    request.signal.addEventListener('abort', () => this.#end(causeOf(request.signal.reason)), { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { signal } = this.#request;
    if (signal.aborted) {
      controller.abort(signal.reason as Error);
      return;
    }
    this.#listener.onRequested();
    signal.addEventListener('abort', () => controller.abort(signal.reason as Error), { once: true });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (
      readConnectAnswer({ ...contentTypeOf(headers), statusCode, body: '', retryAfterMs: undefined }).kind !== 'open'
    ) {
      this.#refusal = { statusCode, headers, chunks: [] };
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#refusal !== undefined) {
      this.#refusal.chunks.push(chunk);
      this.#refusalBytes += chunk.length;
      if (this.#refusalBytes > MAX_ANSWER_BYTES) controller.abort(new Error('the answer is too long'));
      return;
    }
    this.#listener.onBytes();
    this.#frames.feed(chunk);
    const pressure = this.#listener.backpressure();
    if (pressure === undefined || controller.paused) return;
    controller.pause();
    void pressure.then(() => controller.resume());
  }

  onResponseEnd(): void {
    this.#end('the server ended the stream');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(causeOf(error));
  }

  #end(cause: string): void {
    if (this.#refusal === undefined) {
      this.#resolve({ kind: 'ended', cause });
      return;
    }
    const { statusCode, headers, chunks } = this.#refusal;
    const body = Buffer.concat(chunks).toString('utf8');
    const wait = retryAfterMs({ headers }, this.#now());
    const answer = readConnectAnswer({ ...contentTypeOf(headers), statusCode, body, retryAfterMs: wait });
    if (answer.kind !== 'open') this.#resolve({ kind: 'answered', statusCode, answer });
  }
}

function contentTypeOf(headers: Record<string, string | string[] | undefined>): { contentType: string } {
  const header = headers['content-type'];
  return { contentType: (Array.isArray(header) ? header[0] : header) ?? '' };
}
