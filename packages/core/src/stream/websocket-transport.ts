import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { excerpt, retryAfterMs } from '../http-answer.js';
import { readConnectAnswer } from './connect-answer.js';
import { causeOf } from './end-cause.js';
import type { ConnectionEnd, ListenRequest, StreamListener, StreamTransport } from './transport.js';

/** Bytes of one message at most, as for server-sent events: 8 MiB, and something for the names of the fields. */
const MAX_MESSAGE_BYTES = 8_388_608 + 65_536;
/** A longer one is still received up to here, and then passed over: only one beyond it costs the connection (code 1009). */
const MAX_RECEIVED_BYTES = 2 * MAX_MESSAGE_BYTES;
/** So much of the beginning of a message that is too long is kept. */
const MAX_HEAD_BYTES = 65_536;
/** Of an answer that is no WebSocket so many bytes are read. */
const MAX_ANSWER_BYTES = 65_536;
/** For connect, TLS and the answer to the upgrade, which the server gives at once. Far above the shortest life. */
const HANDSHAKE_TIMEOUT_MS = 20_000;
/** For the server's part of the closing handshake; then the socket is closed without. */
const CLOSE_GRACE_MS = 500;
/** "Try again later", from the IANA registry of close codes. With the reason below it is the server's sixth connection. */
const TRY_AGAIN_LATER = 1013;
const TOO_MANY = /too many connections/i;

export interface WebSocketTransportOptions {
  /** Unix epoch, milliseconds. */
  readonly now: () => number;
  /** For proxies and client certificates. @defaultValue a connection of its own, without */
  readonly agent?: Agent | undefined;
}

/** The WebSocket of the event server, over `ws`: the platform's own client hides the pings, the only signs of life. */
export function webSocketTransport(options: WebSocketTransportOptions): StreamTransport {
  return {
    name: 'websocket',
    async listen(request, listener) {
      try {
        // Loaded when it is first used: most programs listen to server-sent events.
        const { WebSocket } = await import('ws');
        request.signal.throwIfAborted();
        const socket = open(WebSocket, request, listener, options);
        return await new WebSocketHandler(socket, { request, listener, now: options.now }).ended;
      } catch (error) {
        return { kind: 'ended', cause: causeOf(error) };
      }
    },
  };
}

function open(
  Client: typeof WebSocket,
  { url, apiKey }: ListenRequest,
  listener: StreamListener,
  { agent }: WebSocketTransportOptions,
): WebSocket {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/v1/events/ws`, url);
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const options = {
    headers: { authorization: `Bearer ${apiKey}` },
    perMessageDeflate: false,
    maxPayload: MAX_RECEIVED_BYTES,
    // A wrong byte is to cost one event, not the connection: it is replaced, as in server-sent events.
    skipUTF8Validation: true,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    closeTimeout: CLOSE_GRACE_MS, // Not in the types of `ws` yet.
    ...(agent !== undefined && { agent }),
    finishRequest: (upgrade: ClientRequest) => {
      upgrade.once('socket', (socket) => {
        if (!socket.connecting) listener.onRequested(); // An agent's.
        socket.once('connect', () => listener.onRequested()).once('secureConnect', () => listener.onRequested());
      });
      upgrade.end();
    },
  };
  return new Client(address, options);
}

interface HandlerParts {
  readonly request: ListenRequest;
  readonly listener: StreamListener;
  readonly now: () => number;
}

/** Handles one connection. Events are handed on from within the callbacks of `ws`. */
class WebSocketHandler {
  readonly ended: Promise<ConnectionEnd>;
  readonly #socket: WebSocket;
  readonly #parts: HandlerParts;
  #isHeard = false;
  /** Known before the socket is closed: an error, or that it was given up. */
  #cause: string | undefined;
  /** An answer that is no WebSocket, with the beginning of its body. */
  #refusal: { readonly response: IncomingMessage; readonly chunks: Buffer[] } | undefined;
  /** Stops to hear the bytes of the connection. */
  #deafen: (() => void) | undefined;

  constructor(socket: WebSocket, parts: HandlerParts) {
    this.#socket = socket;
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<ConnectionEnd>();
    this.ended = promise;
    const { signal } = parts.request;
    const giveUp = (): void => this.#giveUp(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    socket
      .on('upgrade', ({ socket: connection }) => socket.once('open', () => this.#hearBytesOf(connection)))
      .on('ping', () => this.#noteHeard())
      .on('message', (data: Buffer) => this.#take(data))
      .on('unexpected-response', (_request, response) => this.#readRefusal(response))
      .on('error', (error) => this.#fail(error))
      .on('close', (code, reason) => {
        signal.removeEventListener('abort', giveUp);
        this.#deafen?.();
        resolve(this.#endWith(code, reason.toString('utf8')));
      });
  }

  /** Closes politely, which needs an answer; while the connection is still being made it ends at once. */
  #giveUp(reason: unknown): void {
    this.#cause ??= causeOf(reason);
    // The answer to our goodbye is no sign that events would have come. Messages until then are taken.
    this.#deafen?.();
    if (this.#socket.readyState === this.#socket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  /**
   * Each piece of data is a sign of life, also in the middle of a long message; but only after the first message or ping,
   * since the server closes a connection that it does not take with data, too. Runs after `ws` has read the piece.
   */
  #hearBytesOf(connection: Socket): void {
    const { listener } = this.#parts;
    const onData = (): void => {
      if (!this.#isHeard) return;
      listener.onBytes();
      const pressure = listener.backpressure();
      if (pressure === undefined || this.#socket.isPaused) return;
      this.#socket.pause();
      void pressure.then(() => this.#socket.resume());
    };
    connection.on('data', onData);
    this.#deafen = () => connection.off('data', onData);
  }

  /** The first message or ping: the server's subscription stands, and it hears what it is told. */
  #noteHeard(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    const { listener, request } = this.#parts;
    listener.onBytes();
    // What was sent before would be lost, and the server would send everything; the intake looks at the types as well.
    if (request.types !== undefined) this.#socket.send(JSON.stringify({ types: request.types }), () => {});
  }

  #take(data: Buffer): void {
    this.#noteHeard();
    const { listener } = this.#parts;
    if (data.length <= MAX_MESSAGE_BYTES) listener.onFrame(data.toString('utf8'));
    else listener.onOversize(data.toString('utf8', 0, MAX_HEAD_BYTES));
  }

  #fail(error: Error): void {
    this.#cause ??= causeOf(error);
    // What comes until the end is read by nobody.
    this.#deafen?.();
    if ((error as { code?: unknown }).code !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return;
    this.#cause = `a message was longer than ${MAX_RECEIVED_BYTES} bytes`;
    this.#parts.listener.onOversize(''); // Nothing of it has been handed out.
  }

  #readRefusal(response: IncomingMessage): void {
    const chunks: Buffer[] = [];
    this.#refusal = { response, chunks };
    let bytes = 0;
    const done = (): void => this.#socket.terminate();
    response
      .on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) done();
      })
      .on('end', done)
      .on('error', done)
      .on('close', done);
  }

  #endWith(code: number, reason: string): ConnectionEnd {
    if (this.#refusal !== undefined) return this.#answered(this.#refusal);
    if (this.#cause !== undefined) return { kind: 'ended', cause: this.#cause };
    if (code === TRY_AGAIN_LATER && TOO_MANY.test(reason)) {
      const answer = { kind: 'too many connections', message: excerpt(reason) } as const;
      return { kind: 'answered', statusCode: code, answer };
    }
    return { kind: 'ended', cause: describeClose(code, excerpt(reason)) };
  }

  #answered({ response, chunks }: { response: IncomingMessage; chunks: readonly Buffer[] }): ConnectionEnd {
    const { statusCode = 0, headers } = response;
    const answer = readConnectAnswer({
      statusCode,
      contentType: headers['content-type'] ?? '',
      body: Buffer.concat(chunks).toString('utf8'),
      retryAfterMs: retryAfterMs({ headers }, this.#parts.now()),
    });
    if (answer.kind !== 'open' && (answer.kind !== 'refused' || statusCode === 401 || statusCode === 403)) {
      return { kind: 'answered', statusCode, answer };
    }
    const message = answer.kind === 'open' ? 'an answer that is no WebSocket. Check the url' : answer.message;
    const hint = `${message}, and whether a proxy before the server lets WebSockets through`;
    return { kind: 'answered', statusCode, answer: { kind: 'refused', message: hint } };
  }
}

/** 1005 and 1006 are no codes that were sent, but the names of two endings without one (RFC 6455, section 7.1.5). */
function describeClose(code: number, reason: string): string {
  if (code === 1006) return 'the connection broke off';
  if (code === 1005) return 'the server ended the stream';
  return `the server ended the stream with code ${code}${reason === '' ? '' : `: ${reason}`}`;
}
