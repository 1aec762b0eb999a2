import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { httpChunk, type Message } from './message.js';
import type { Wire } from './wire.js';

const KEEPALIVE = httpChunk(': keepalive\n\n');

/**
 * A stream of server-sent events. The chunks are written to the socket itself: `ServerResponse.write` costs more than the
 * rest of a publication.
 */
export class SseWire implements Wire {
  readonly transport = 'sse';
  readonly keepalive = KEEPALIVE;
  readonly socket: Duplex;
  readonly #response: ServerResponse;

  constructor(response: ServerResponse, socket: Duplex) {
    this.#response = response;
    this.socket = socket;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      connection: 'keep-alive',
      'x-accel-buffering': 'no',
    });
  }

  encode(message: Message): Buffer {
    return message.sseChunk;
  }

  begin(): void {
    this.#response.flushHeaders();
  }

  finish(): void {
    this.#response.end();
  }

  onClose(callback: () => void): void {
    this.#response.once('close', callback);
  }
}
