import { connect, type Socket } from 'node:net';
import type { EventServer } from '../src/index.js';

/** A client that shows the bytes as they come. */
export class RawConnection {
  text = '';
  closed = false;
  readonly socket: Socket;
  readonly #looks = new Set<() => void>();

  constructor(port: number, request: string) {
    this.socket = connect(port, '127.0.0.1', () => this.socket.write(request));
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.text += text;
      for (const look of this.#looks) look();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      for (const look of this.#looks) look();
    });
  }

  static get(server: EventServer, path: string, headers: Record<string, string> = {}): RawConnection {
    const all = { host: 'loopback', authorization: `Bearer ${server.key}`, ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    return new RawConnection(server.port, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  }

  static stream(server: EventServer, query = ''): RawConnection {
    return RawConnection.get(server, `/v1/events/stream${query}`);
  }

  static upgrade(server: EventServer, path = '/v1/events/ws', headers: Record<string, string> = {}): RawConnection {
    return RawConnection.get(server, path, {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    });
  }

  async until(holds: (connection: this) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds(this)) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  async shows(text: string): Promise<void> {
    await this.until((connection) => connection.text.includes(text));
  }
}
