import type { Dispatcher } from 'undici';
import type { Reply } from './http.js';

/** More of an answer than this is not kept: error pages may be long. */
const MAX_REPLY_BYTES = 65_536;
/** Reading a little past that keeps the connection; a body without end does not. */
const MAX_READ_BYTES = 4 * MAX_REPLY_BYTES;

/**
 * Takes the answer to one request from undici's callbacks. Its `request()` makes a stream of the body and a way to iterate
 * over it, for answers of a few bytes: a fifth of what a request costs (`bench/`).
 */
export class ReplyHandler implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #outcome = Promise.withResolvers<Reply>();
  readonly #onAbort = (): void => this.#fail(this.#signal.reason as Error);
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Reply['headers'] = {};
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  /** Ends the exchange when `signal` aborts. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects with what undici or the signal gives as the reason. */
  get reply(): Promise<Reply> {
    return this.#outcome.promise;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Aborted while the connection was being made, when there was nothing to abort yet.
    if (this.#signal.aborted) controller.abort(this.#signal.reason as Error);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Reply['headers']): void {
    // Called for an interim answer (100, 103) as well; the last one counts.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#bytes < MAX_REPLY_BYTES) this.#chunks.push(chunk);
    this.#bytes += chunk.byteLength;
    if (this.#bytes <= MAX_READ_BYTES) return;
    this.onResponseEnd();
    controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    const text = Buffer.concat(this.#chunks).toString('utf8', 0, MAX_REPLY_BYTES);
    this.#forgetSignal();
    this.#outcome.resolve({ status: this.#status, headers: this.#headers, text });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#forgetSignal();
    this.#outcome.reject(error);
  }

  #fail(reason: Error): void {
    this.#outcome.reject(reason);
    this.#controller?.abort(reason);
  }

  #forgetSignal(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
