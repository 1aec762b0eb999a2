import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, type Logger, systemClock } from '@grantex/core';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { readiness } from './readiness.js';
import type { ForwarderStatus } from './status.js';

export interface WatchingServerOptions {
  /** An IP address, IPv6 without brackets, or a host name. */
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  readonly status: () => ForwarderStatus;
  /** In Prometheus's text format. */
  readonly metrics: () => Promise<string>;
  readonly logger: Logger;
  /**
   * At a takeover the process before this one still has the port: it is tried again every 250 ms until it is free or this
   * server is closed. @defaultValue false
   */
  readonly waitForPort?: boolean;
  /** @defaultValue the machine's clock */
  readonly clock?: Clock;
}

/** Between two tries for a port that another process has. */
const PORT_RETRY_MS = 250;
/** Connections at a time: those who watch are few. */
const MAX_CONNECTIONS = 100;
const MAX_HEADER_BYTES = 8_192;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Answers under way get so long at the end. */
const CLOSE_MS = 1_000;

const PATHS = `grantex-forwarder
/healthz  200 while the process answers
/readyz   200 when every stream is heard and every journal takes events, 503 otherwise
/metrics  figures for Prometheus
/status   the same and more, as JSON
`;

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
/** The version of the text format is part of its media type. */
const PROMETHEUS = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Serves `/healthz`, `/readyz`, `/metrics` and `/status`. There is no authentication: whoever reaches the port sees the
 * names of sources and destinations, the path of the file of settings, counts, times, and the last error of each
 * destination, which may name its host. No event, no key, and nothing can be changed. It is bound to loopback by default.
 */
export class WatchingServer {
  readonly #options: WatchingServerOptions;
  readonly #clock: Clock;
  readonly #server: Server;
  readonly #closing = new AbortController();
  #waiting: Promise<void> | undefined;

  private constructor(options: WatchingServerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const limits = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: HEADERS_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    };
    this.#server = createServer(limits, (request, response) => void this.#handle(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Resolves when it listens; with `waitForPort` also when the port is taken, and it listens as soon as that is free.
   * Rejects with a `CommandFailure` that says what to change.
   */
  static async start(options: WatchingServerOptions): Promise<WatchingServer> {
    const server = new WatchingServer(options);
    const { host, port, logger, waitForPort = false } = options;
    try {
      await server.#listen();
    } catch (error) {
      if (!waitForPort || codeOf(error) !== 'EADDRINUSE') throw listenFailure(error, options);
      logger.info('another process has the port: waiting until it is free', { host, port });
      server.#waiting = server.#listenWhenFree();
    }
    return server;
  }

  /** The URL without a path, like `http://127.0.0.1:9464`. */
  get address(): string {
    const bound = this.#server.address() as AddressInfo | null;
    const host = bound?.address ?? this.#options.host;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bound?.port ?? this.#options.port}`;
  }

  /** Ends the waiting for the port, or the listening. Answers under way are finished, for one second at most. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#waiting;
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const timer = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(): Promise<void> {
    const { host, port, logger } = this.#options;
    this.#server.listen({ host, port });
    await once(this.#server, 'listening');
    // A connection that cannot be taken, because the process has too many files open, ends nothing; it is told once.
    this.#server.once('error', (error) => logger.warn(`a connection was not taken: ${error.message}`, { host, port }));
    this.#server.on('error', () => {});
  }

  async #listenWhenFree(): Promise<void> {
    const { signal } = this.#closing;
    const { host, port, logger } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(PORT_RETRY_MS, signal);
        await this.#listen();
        logger.info('the port is free: listening', { host, port });
        return;
      } catch (error) {
        if (signal.aborted || codeOf(error) === 'EADDRINUSE') continue;
        logger.error(`not watched: ${listenFailure(error, this.#options).message}`, { host, port });
        return;
      }
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#answer(request).catch((error: unknown) => this.#fault(request, error));
    response.statusCode = answer.status;
    response.setHeader('content-type', answer.type);
    response.setHeader('content-length', Buffer.byteLength(answer.body));
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    if (answer.status === 405) response.setHeader('allow', 'GET, HEAD');
    // A body is not read, so that the connection cannot carry another request.
    if (hasBody(request) || this.#closing.signal.aborted) response.setHeader('connection', 'close');
    response.end(answer.body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { status, metrics } = this.#options;
    const path = (request.url ?? '').replace(/\?.*$/s, '');
    const found = ['/', '/healthz', '/readyz', '/metrics', '/status'].includes(path);
    if (!found) return { status: 404, type: TEXT, body: 'not found\n' };
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return { status: 405, type: TEXT, body: 'only GET and HEAD\n' };
    }
    if (hasBody(request)) return { status: 413, type: TEXT, body: 'a request has no body here\n' };
    switch (path) {
      case '/healthz':
        return { status: 200, type: TEXT, body: 'ok\n' };
      case '/readyz': {
        const answer = readiness(status(), this.#clock.now());
        return { status: answer.ready ? 200 : 503, type: JSON_TYPE, body: `${JSON.stringify(answer)}\n` };
      }
      case '/metrics':
        return { status: 200, type: PROMETHEUS, body: await metrics() };
      case '/status':
        return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(status())}\n` };
      default:
        return { status: 200, type: TEXT, body: PATHS };
    }
  }

  /** What went wrong is for the log, not for whoever asked. */
  #fault(request: IncomingMessage, error: unknown): Answer {
    this.#options.logger.error(`a request was not answered: ${String(error)}`, { path: request.url });
    return { status: 500, type: TEXT, body: 'a fault of the program: see its log\n' };
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function listenFailure(error: unknown, { host, port }: WatchingServerOptions): CommandFailure {
  const where = `port ${port} on ${host}`;
  const choose = 'set server.port to another one in the file of settings, or "server: { http: false }" for none';
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new CommandFailure(
        `${where} is taken by another program: ${choose}. To replace a grantex-forwarder that runs, add --takeover`,
        EXIT.unavailable,
      );
    case 'EACCES':
      return new CommandFailure(`${where} may not be used by this user: ${choose}`, EXIT.settings);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new CommandFailure(
        `${host} is no address of this machine: set server.host to 127.0.0.1, or to 0.0.0.0 for all of them`,
        EXIT.settings,
      );
    default:
      return new CommandFailure(`cannot listen at ${where}: ${(error as Error).message}`);
  }
}
