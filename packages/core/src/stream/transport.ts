import type { ConnectAnswer } from './connect-answer.js';
import type { FrameListener } from './sse-frames.js';

/** How the stream is heard: server-sent events, or a WebSocket. The server counts connections of the two apart. */
export type TransportName = 'sse' | 'websocket';

/** One way to hear the stream: server-sent events, or a WebSocket. */
export interface StreamTransport {
  /** For log lines. */
  readonly name: TransportName;
  /**
   * Connects and listens. Resolves, and never rejects, when the connection has ended: by the server, by the network, or
   * because `signal` aborted.
   */
  listen(request: ListenRequest, listener: StreamListener): Promise<ConnectionEnd>;
}

export interface ListenRequest {
  /** The server's base address. */
  readonly url: URL;
  readonly apiKey: string;
  readonly types: readonly string[] | undefined;
  readonly lastEventId: string | undefined;
  readonly signal: AbortSignal;
}

export interface StreamListener extends FrameListener {
  /** The connection stands, and the request goes out now: from here on the server counts it. */
  onRequested(): void;
  /** Bytes came, events or signs of life. */
  onBytes(): void;
  /** While it is a promise, the transport reads no further. */
  backpressure(): Promise<void> | undefined;
}

export type ConnectionEnd =
  /** It was open, or it was never reached. `cause` says what happened. */
  | { readonly kind: 'ended'; readonly cause: string }
  /** The server answered, and not with a stream. */
  | {
      readonly kind: 'answered';
      /** HTTP status, or the close code of a WebSocket that the server took and did not want. */
      readonly statusCode: number;
      readonly answer: Exclude<ConnectAnswer, { kind: 'open' }>;
    };
