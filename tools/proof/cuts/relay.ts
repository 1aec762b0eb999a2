import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** How a path through the relay ends. */
export type RelayCut = 'reset' | 'close';

/** The last byte that went to the client, and when the client gave the silent path up; `performance.now()`. */
export interface Silence {
  readonly lastByteAt: number;
  readonly givenUpAt: number;
}

/** How a request begins; no frame of a WebSocket does. */
const REQUEST = Buffer.from('GET /v1/');

/** One client's way to the server. */
export class RelayPath {
  readonly openedAt: number = performance.now();
  /** Settles when the client has closed its side. */
  readonly ended: Promise<Silence>;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #latencyMs: number;
  #pieces = 0;
  #isFrozen = false;
  #lastByteAt = -Infinity;

  constructor(client: Socket, server: Socket, latencyMs: number) {
    this.#client = client;
    this.#server = server;
    this.#latencyMs = latencyMs;
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on('data', (bytes: Buffer) => this.#toServer(bytes));
    server.on('data', (bytes: Buffer) => this.#later(() => this.#toClient(bytes)));
    server.on('end', () => this.#later(() => this.#isFrozen || client.end()));
    server.on('close', () => this.#later(() => this.#isFrozen || client.destroySoon()));
    for (const socket of [client, server]) socket.on('error', () => {}); // Its close is what tells.
    const { promise, resolve } = Promise.withResolvers<Silence>();
    this.ended = promise;
    const giveUp = (): void => resolve({ lastByteAt: this.#lastByteAt, givenUpAt: performance.now() });
    client.on('end', giveUp);
    client.on('close', () => {
      giveUp();
      server.destroy();
    });
  }

  /** The server's second piece has gone through: the first one may be an answer without an event. */
  get isHeard(): boolean {
    return this.#pieces > 1 && !this.#client.destroyed && !this.#isFrozen;
  }

  /** Nothing goes through any more, in either direction, and nobody is told. */
  freeze(): void {
    this.#isFrozen = true;
  }

  cut(how: RelayCut): void {
    // What was on its way is gone, as with a router that forgets the connection.
    this.#isFrozen = true;
    if (how === 'reset') this.#client.resetAndDestroy();
    else this.#client.destroy();
  }

  #toServer(bytes: Buffer): void {
    if (this.#isFrozen) return;
    // A stream that ended politely leaves a connection behind, on which the client may ask for the next one.
    if (bytes.subarray(0, REQUEST.length).equals(REQUEST)) this.#pieces = 0;
    this.#server.write(bytes);
  }

  #toClient(bytes: Buffer): void {
    if (this.#isFrozen || this.#client.destroyed) return;
    this.#client.write(bytes);
    this.#pieces++;
    this.#lastByteAt = performance.now();
  }

  #later(work: () => void): void {
    if (this.#latencyMs === 0) work();
    else setTimeout(work, this.#latencyMs);
  }
}

/** A TCP relay before the event server: it breaks connections in the ways in which the network does, not the server. */
export class Relay {
  readonly #listener: Server;
  readonly #paths = new Set<RelayPath>();

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  /** `latencyMs`: how long each byte is on its way to the client. */
  static async start(port: number, latencyMs: number): Promise<Relay> {
    const listener = createServer();
    const relay = new Relay(listener);
    listener.on('connection', (client) => {
      const path = new RelayPath(client, connect(port, '127.0.0.1'), latencyMs);
      relay.#paths.add(path);
      void path.ended.then(() => relay.#paths.delete(path));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Paths on which the stream is heard, the oldest first. */
  get heard(): readonly RelayPath[] {
    return [...this.#paths].filter(({ isHeard }) => isHeard);
  }

  close(): void {
    for (const path of this.#paths) path.cut('close');
    this.#listener.close();
  }
}
