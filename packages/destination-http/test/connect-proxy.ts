import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy on loopback that opens tunnels with CONNECT and passes plain requests on; with a password if one is given. */
export class ConnectProxy {
  /** What was asked for: `CONNECT host:port`, or method and address. */
  readonly asked: string[] = [];
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();
  readonly #password: string | undefined;

  private constructor(password: string | undefined) {
    this.#password = password;
  }

  static async start(options: { readonly password?: string; readonly status?: number } = {}): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(options.password);
    proxy.#server.on('connection', (socket) => proxy.#keep(socket));
    proxy.#server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
      proxy.asked.push(`CONNECT ${request.url}`);
      const refusal = proxy.#knows(request) ? options.status : 407;
      if (refusal !== undefined) return void client.end(`HTTP/1.1 ${refusal} Refused\r\ncontent-length: 0\r\n\r\n`);
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.write(head);
        client.pipe(upstream).pipe(client);
      });
      proxy.#keep(upstream);
      return undefined;
    });
    proxy.#server.on('request', (request, response) => {
      proxy.asked.push(`${request.method} ${request.url}`);
      response.writeHead(proxy.#knows(request) ? 202 : 407).end();
    });
    await new Promise<void>((resolve) => void proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => void this.#server.close(resolve));
  }

  #knows({ headers }: IncomingMessage): boolean {
    const expected = this.#password && `Basic ${Buffer.from(`user:${this.#password}`).toString('base64')}`;
    return expected === undefined || headers['proxy-authorization'] === expected;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // An end that is cut off is part of the tests.
  }
}
