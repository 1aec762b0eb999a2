import type { Clock, HttpClient, Reply } from '@grantex/core';
import { withDeadline } from './deadline.js';
import { VERSION } from './version.js';

interface Parts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly hecToken: string;
  /** For one exchange, in milliseconds. */
  readonly timeoutMs: number;
}

interface HecRequest {
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** Exchanges with HEC, each with the token and within its own time: an attempt may have several. */
export class HecClient {
  readonly #parts: Parts;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#headers = {
      authorization: `Splunk ${parts.hecToken}`,
      'content-type': 'application/json',
      'user-agent': `grantex-destination-splunk/${VERSION}`,
    };
  }

  /** Rejects with a `DestinationError` when no answer came. */
  async post({ url, headers, body, signal }: HecRequest): Promise<Reply> {
    const { http, clock, timeoutMs } = this.#parts;
    return withDeadline(clock, timeoutMs, signal, (inTime) =>
      http.exchange({ url, headers: { ...this.#headers, ...headers }, body, signal: inTime }),
    );
  }

  async close(): Promise<void> {
    await this.#parts.http.close();
  }
}
