import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/**
 * A server, or a proxy, that repeats in its refusals what it was sent: address, headers and body. Some gateways do so, for
 * people who look for a mistake.
 */
export class EchoServer implements AsyncDisposable {
  readonly #server = createServer();
  status: number;
  /** What was said in its refusals. */
  said = '';

  private constructor(status: number) {
    this.status = status;
    this.#server.on('request', (request, response) => {
      void text(request).then((body) => {
        const refusal = this.#refusal(request, body);
        return response.writeHead(this.status, { 'content-type': 'application/json' }).end(refusal);
      });
    });
    // What a proxy is asked for https, and by many clients for http as well.
    this.#server.on('connect', (request, socket) => {
      const refusal = this.#refusal(request, '');
      socket.on('error', () => {}); // The client went away.
      socket.end(`HTTP/1.1 ${this.status} Refused\r\ncontent-length: ${Buffer.byteLength(refusal)}\r\n\r\n${refusal}`);
    });
  }

  static async start(status = 400): Promise<EchoServer> {
    const echo = new EchoServer(status);
    echo.#server.listen(0, '127.0.0.1');
    await once(echo.#server, 'listening');
    return echo;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The headers come first, because only the beginning of an answer is shown. */
  #refusal({ rawHeaders, url }: IncomingMessage, body: string): string {
    const refusal = JSON.stringify({ headers: rawHeaders.filter((_, index) => index % 2 === 1), url, body });
    this.said += refusal;
    return refusal;
  }
}

/** An address on which nobody listens: that of a server that has ended. */
export async function deadHost(): Promise<string> {
  await using echo = await EchoServer.start();
  return echo.host;
}
