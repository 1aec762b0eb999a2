import type { Dispatcher } from 'undici';
import { createHttpAgent, type ConnectionOptions } from './connection-options.js';
import { exchange, type HttpRequest, type Reply } from './http.js';
import type { BatchingParts } from './batching-options.js';

/** The HTTP connections of one destination: its own pool with the user's certificates and proxy, or the user's dispatcher. */
export class HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #isOwn: boolean;
  readonly #redact: (text: string) => string;

  /** Throws an `OptionError` when a certificate's file cannot be read. Opens no connection. */
  constructor(options: ConnectionOptions, { name, concurrency, logger, redact }: BatchingParts) {
    const { dispatcher, tls } = options;
    this.#redact = redact;
    this.#isOwn = dispatcher === undefined;
    this.#dispatcher = dispatcher ?? createHttpAgent(concurrency, options);
    if (this.#isOwn && tls?.insecureSkipVerify === true) {
      logger.warn(
        `${name}: certificates are not checked (tls.insecureSkipVerify), so anybody on the way can read along`,
      );
    }
  }

  /**
   * Sends one request and reads the answer, whatever its status. Redirects are not followed, so that a key never goes to
   * another host. A secret that the service echoes is taken out. Rejects with a `DestinationError` when no answer came.
   */
  async exchange(request: Omit<HttpRequest, 'dispatcher'>): Promise<Reply> {
    const reply = await exchange({ ...request, dispatcher: this.#dispatcher });
    return { ...reply, text: this.#redact(reply.text) };
  }

  /** Closes the destination's own connections; a user's dispatcher stays open. */
  async close(): Promise<void> {
    if (this.#isOwn) await this.#dispatcher.close();
  }
}
