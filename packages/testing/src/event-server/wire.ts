import type { Duplex } from 'node:stream';
import type { Message } from './message.js';

/** How a client hears the stream. */
export type Transport = 'sse' | 'websocket';

/** How one transport speaks to one client. */
export interface Wire {
  readonly transport: Transport;
  readonly socket: Duplex;
  readonly keepalive: Buffer;
  encode(message: Message): Buffer;
  /** Runs before the first byte. */
  begin(): void;
  /** Says a polite goodbye. */
  finish(): void;
  /** Calls back once when the stream has ended, whoever ended it. */
  onClose(callback: () => void): void;
}
