import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { checkKey } from './bearer-key.js';
import type { ResolvedEventServerOptions } from './event-server-options.js';
import { answerRequest, answerUpgrade, apiError, type HttpAnswer, routeNotFound } from './http-answer.js';
import { Refusals } from './refusals.js';
import { type OpenRecord, recordOf, type RequestRecord } from './request-record.js';
import { SseWire } from './sse-wire.js';
import type { StreamDesk } from './stream-desk.js';
import { filterOfMessage, filterOfQuery } from './type-filter.js';
import { pongFrame } from './websocket-frame.js';
import { WebSocketWire } from './websocket-wire.js';

const SSE_PATH = '/v1/events/stream';
const WEBSOCKET_PATH = '/v1/events/ws';

/** The two ways on for a connect. */
interface Exits {
  readonly refuse: (answer: HttpAnswer) => void;
  readonly welcome: (key: string) => void;
}

/** Decides on every request: which route, whose key, room for one more; and opens the stream. */
export class StreamGate {
  readonly refusals: Refusals = new Refusals();
  /** Milliseconds that every connect waits for its answer. */
  delayMs = 0;
  readonly requests: RequestRecord[] = [];
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #options: ResolvedEventServerOptions;
  readonly #desk: StreamDesk;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    // Pongs go through the outlet, so that a stalled line is silent altogether.
    autoPong: false,
    // The real server's 101 names no subprotocol, whatever was asked for.
    handleProtocols: () => false,
  });

  constructor(options: ResolvedEventServerOptions, desk: StreamDesk) {
    this.#options = options;
    this.#desk = desk;
  }

  request(request: IncomingMessage, response: ServerResponse): void {
    this.#arrive(request, false, {
      refuse: (answer) => answerRequest(response, answer),
      welcome: (key) => this.#openSse(key, request, response),
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // Until `ws` takes over nobody else listens; a client that has gone is no error.
    socket.on('error', () => {});
    this.#arrive(request, true, {
      refuse: (answer) => answerUpgrade(socket, answer),
      welcome: (key) => this.#openWebSocket(key, request, socket, head),
    });
  }

  #arrive(request: IncomingMessage, upgrade: boolean, exits: Exits): void {
    const authorized = 'key' in checkKey(request.headers.authorization, this.#options.keys);
    const record = recordOf(request, authorized, upgrade);
    this.requests.push(record);
    if (this.requests.length > this.#options.maxRequestRecords) this.requests.shift();
    if (this.delayMs === 0) return this.#decide(request, record, exits);
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      this.#decide(request, record, exits);
    }, this.delayMs);
    this.#waiting.add(timer);
    return undefined;
  }

  /** Forgets the connects that still wait for their answer. */
  forgetWaiting(): void {
    for (const timer of this.#waiting) clearTimeout(timer);
    this.#waiting.clear();
  }

  #decide(request: IncomingMessage, record: OpenRecord, exits: Exits): void {
    if (request.socket.destroyed) return this.#desk.leftBeforeOpening(record.at);
    const refuse = (answer: HttpAnswer): void => {
      record.status = answer.status;
      exits.refuse(answer);
      this.#options.onConnection({ what: 'refused', status: answer.status });
    };
    const { method, path, query, upgrade } = record;
    const isSse = path === SSE_PATH && !upgrade;
    if (method !== 'GET' || !(isSse || path === WEBSOCKET_PATH))
      return refuse(routeNotFound(method, request.url ?? ''));
    const refusal = this.refusals.take();
    if (refusal) return refuse(refusal);
    const checked = checkKey(request.headers.authorization, this.#options.keys);
    if ('refusal' in checked) return refuse(checked.refusal);
    if (!isSse && !upgrade) return refuse({ status: 404, headers: {}, body: '' });
    if (isSse && new URLSearchParams(query).getAll('types').length > 1) {
      return refuse(apiError(500, 'INTERNAL_ERROR', 'Internal server error'));
    }
    if (isSse && !this.#desk.takeSlot('sse', checked.key)) {
      return refuse(apiError(429, 'TOO_MANY_CONNECTIONS', 'Too many concurrent event stream connections'));
    }
    record.status = isSse ? 200 : 101;
    return exits.welcome(checked.key);
  }

  #openSse(key: string, request: IncomingMessage, response: ServerResponse): void {
    const wire = new SseWire(response, request.socket);
    if (!this.#options.lateHeaders) wire.begin();
    const query = new URL(request.url ?? '/', 'http://loopback').searchParams;
    const connection = this.#desk.open(key, wire);
    connection.filter = filterOfQuery(query.get('types'));
  }

  #openWebSocket(key: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const wire = new WebSocketWire(webSocket, socket);
      if (!this.#desk.takeSlot('websocket', key)) {
        webSocket.close(1013, 'Too many connections');
        return;
      }
      const connection = this.#desk.open(key, wire);
      webSocket.on('ping', (payload) => connection.outlet.write(pongFrame(payload)));
      webSocket.on('message', (data) => {
        // `ws` hands over one Buffer unless it is told otherwise.
        if (!connection.subscribed || !Buffer.isBuffer(data)) return;
        connection.filter = filterOfMessage(data.toString(), connection.filter);
      });
    });
  }
}
