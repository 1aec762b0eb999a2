import type { Server as HttpServer } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as HttpsServer } from 'node:https';

const HOST = '127.0.0.1';

/** A listening socket on loopback that can go away, with every connection, and come back on the same port. */
export class LoopbackListener {
  readonly #server: HttpServer | HttpsServer;
  readonly #sockets = new Set<Socket>();
  #port: number;

  private constructor(server: HttpServer | HttpsServer, port: number) {
    this.#server = server;
    this.#port = port;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @param port 0 for a free one. */
  static async open(server: HttpServer | HttpsServer, port: number): Promise<LoopbackListener> {
    const listener = new LoopbackListener(server, port);
    await listener.up();
    return listener;
  }

  get port(): number {
    return this.#port;
  }

  get host(): string {
    return `${HOST}:${this.#port}`;
  }

  /** Listens again; no effect while it listens. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, HOST, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const address = this.#server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
  }

  /** Stops listening and cuts every connection: the next connect is refused by the operating system. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
