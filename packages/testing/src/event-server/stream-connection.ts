import type { Message } from './message.js';
import { Outlet } from './outlet.js';
import { passes, type TypeFilter } from './type-filter.js';
import type { Wire } from './wire.js';

export interface StreamConnectionOptions {
  readonly key: string;
  readonly wire: Wire;
  readonly keepaliveMs: number;
  readonly maxQueuedBytes: number;
  readonly onProgress: () => void;
}

/** One open stream, of either transport. */
export class StreamConnection {
  readonly key: string;
  readonly wire: Wire;
  readonly outlet: Outlet;
  readonly openedAt: number = performance.now();
  filter: TypeFilter;
  /** Whether messages reach it; there is a moment between the request and the subscription. */
  subscribed = false;
  #keepaliveTimer: NodeJS.Timeout;

  constructor({ key, wire, keepaliveMs, maxQueuedBytes, onProgress }: StreamConnectionOptions) {
    this.key = key;
    this.wire = wire;
    this.outlet = new Outlet({ socket: wire.socket, begin: () => wire.begin(), onProgress, maxQueuedBytes });
    this.#keepaliveTimer = setInterval(() => this.outlet.write(wire.keepalive), keepaliveMs);
  }

  /** @returns whether it was written: false when filtered out or lost. */
  deliver(message: Message): boolean {
    return this.subscribed && passes(this.filter, message) && this.outlet.write(this.wire.encode(message));
  }

  /** Sends what waits, then says goodbye. */
  finish(): void {
    this.outlet.flush();
    this.release();
    this.wire.finish();
  }

  /** Sends what waits, then drops the socket without a word. */
  cut(): void {
    this.outlet.flush();
    this.release();
    this.wire.socket.destroy();
  }

  /** Frees the timers. */
  release(): void {
    this.subscribed = false;
    clearInterval(this.#keepaliveTimer);
    this.outlet.close();
  }
}
