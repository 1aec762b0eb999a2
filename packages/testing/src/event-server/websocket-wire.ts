import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Message } from './message.js';
import { PING_FRAME } from './websocket-frame.js';
import type { Wire } from './wire.js';

/** The close code of a server that goes away, and its reason. */
export interface Farewell {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket. `ws` does the handshake, the reading and the closing; frames go to the socket itself. */
export class WebSocketWire implements Wire {
  readonly transport = 'websocket';
  readonly keepalive = PING_FRAME;
  readonly socket: Duplex;
  readonly #webSocket: WebSocket;
  farewell: Farewell = { code: 1001, reason: '' };

  constructor(webSocket: WebSocket, socket: Duplex) {
    this.#webSocket = webSocket;
    this.socket = socket;
    // A protocol error of the client ends the connection; 'close' follows.
    webSocket.on('error', () => {});
  }

  encode(message: Message): Buffer {
    return message.webSocketFrame;
  }

  begin(): void {}

  finish(): void {
    this.#webSocket.close(this.farewell.code, this.farewell.reason);
  }

  onClose(callback: () => void): void {
    this.#webSocket.once('close', callback);
  }
}
