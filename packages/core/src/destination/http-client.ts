import type { Dispatcher } from 'undici';
import { createHttpAgent, type ConnectionOptions } from './connection-options.js';
import { exchange, type HttpRequest, type Reply } from './http.js';
import type { ResolvedBatchingOptions } from './batching-options.js';

/** The HTTP connections of one destination: its own pool with the user's certificates and proxy, or the user's dispatcher. */
export class HttpClient {
  readonly #dispatcher: Dispatcher;
  readonly #isOwn: boolean;

  /** Throws an `OptionError` when a certificate's file cannot be read. Opens no connection. */
  constructor(options: ConnectionOptions, { name, concurrency, logger }: ResolvedBatchingOptions) {
    const { dispatcher, tls } = options;
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
   * another host. Rejects with a `DestinationError` when no answer came.
   */
  async exchange(request: Omit<HttpRequest, 'dispatcher'>): Promise<Reply> {
    return exchange({ ...request, dispatcher: this.#dispatcher });
  }

  /** Closes the destination's own connections; a user's dispatcher stays open. */
  async close(): Promise<void> {
    if (this.#isOwn) await this.#dispatcher.close();
  }
}
