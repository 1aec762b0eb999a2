import { ConnectionLimit } from './connection-limit.js';
import type { ResolvedEventServerOptions } from './event-server-options.js';
import { StreamConnection } from './stream-connection.js';
import { Watchers } from '../watchers.js';
import type { Transport, Wire } from './wire.js';

/** The client that goes within this time leaves its slot taken on the real server, now and then. */
const EARLY_MS = 1_000;

/** The open streams: who has a slot, who is subscribed, who left too early. */
export class StreamDesk {
  /** Connections that their client closed within a second. */
  earlyAborts = 0;
  bytesPerSecond = Infinity;
  /** Called when a stream opens, closes or gets rid of bytes. */
  readonly watchers: Watchers = new Watchers();
  readonly #options: ResolvedEventServerOptions;
  readonly #limits: Record<Transport, ConnectionLimit>;
  readonly #connections = new Set<StreamConnection>();

  constructor(options: ResolvedEventServerOptions) {
    this.#options = options;
    this.#limits = {
      sse: new ConnectionLimit(options.maxConnections),
      websocket: new ConnectionLimit(options.maxConnections),
    };
  }

  /** Open streams, the oldest first. */
  get connections(): ReadonlySet<StreamConnection> {
    return this.#connections;
  }

  takeSlot(transport: Transport, key: string): boolean {
    return this.#limits[transport].take(key);
  }

  leftBeforeOpening(arrivedAt: number): void {
    if (Date.now() - arrivedAt < EARLY_MS) this.earlyAborts += 1;
  }

  open(key: string, wire: Wire): StreamConnection {
    const { keepaliveMs, maxQueuedBytes, subscribeDelayMs } = this.#options;
    const onProgress = (): void => this.watchers.changed();
    const connection = new StreamConnection({ key, wire, keepaliveMs, maxQueuedBytes, onProgress });
    connection.outlet.pace(this.bytesPerSecond);
    this.#connections.add(connection);
    wire.onClose(() => this.#left(connection));
    this.#options.onConnection({ what: 'opened', transport: wire.transport });
    if (subscribeDelayMs > 0) setTimeout(() => this.#subscribe(connection), subscribeDelayMs).unref();
    else this.#subscribe(connection);
    return connection;
  }

  /** Ends a stream from the server's side, so that its slot is free. */
  end(connection: StreamConnection, how: 'finish' | 'cut'): void {
    if (!this.#connections.delete(connection)) return;
    this.#limits[connection.wire.transport].release(connection.key);
    connection[how]();
    this.#closed(connection);
  }

  #subscribe(connection: StreamConnection): void {
    if (!this.#connections.has(connection)) return;
    connection.subscribed = true;
    this.watchers.changed();
  }

  #left(connection: StreamConnection): void {
    if (!this.#connections.delete(connection)) return;
    connection.release();
    const early = performance.now() - connection.openedAt < EARLY_MS;
    if (early) this.earlyAborts += 1;
    if (!early || !this.#options.leakEarlyAborts) this.#limits[connection.wire.transport].release(connection.key);
    this.#closed(connection);
  }

  #closed({ wire }: StreamConnection): void {
    this.#options.onConnection({ what: 'closed', transport: wire.transport });
    this.watchers.changed();
  }
}
