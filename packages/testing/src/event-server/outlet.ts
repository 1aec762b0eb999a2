import type { Duplex } from 'node:stream';

export interface OutletOptions {
  readonly socket: Duplex;
  /** Runs before the first byte: this is where late headers leave. */
  readonly begin: () => void;
  /** Runs when the socket has taken something. */
  readonly onProgress: () => void;
  /** Bytes that may wait here; what comes on top is lost. */
  readonly maxQueuedBytes: number;
}

/** What a stalled line does with what is written to it. */
export type StalledEvents = 'lost' | 'queued';

/** As much goes out in one write to the socket; small frames are gathered, since a write costs more than a frame. */
const GATHERED_BYTES = 64 * 1024;
const PACE_MS = 10;

/** The way out of the server to one client: gathers small writes, and can be slowed down or stalled. */
export class Outlet {
  readonly #options: OutletOptions;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #begun = false;
  #scheduled = false;
  #stall: StalledEvents | undefined;
  #bytesPerSecond = Infinity;
  #paceTimer: NodeJS.Timeout | undefined;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  get stalled(): boolean {
    return this.#stall !== undefined;
  }

  /** Bytes that the operating system has not taken yet. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#options.socket.writableLength;
  }

  /** @returns false when the bytes are lost: stalled, full, or the client has gone. */
  write(bytes: Buffer): boolean {
    const { socket, maxQueuedBytes } = this.#options;
    if (socket.destroyed || this.#stall === 'lost' || this.queuedBytes + bytes.length > maxQueuedBytes) return false;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#schedule();
    return true;
  }

  /** Hands everything that waits to the socket, unless the line is stalled. */
  flush(): void {
    if (this.#stall !== undefined || this.#queue.length === 0) return;
    const [first] = this.#queue;
    const bytes = this.#queue.length === 1 && first ? first : Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#send(bytes);
  }

  stall(events: StalledEvents): void {
    this.flush();
    this.#stall = events;
  }

  resume(): void {
    this.#stall = undefined;
    this.#schedule();
  }

  /** `Infinity` for full speed. */
  pace(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
    clearInterval(this.#paceTimer);
    this.#paceTimer = undefined;
    this.#schedule();
  }

  /** Frees the timer; what waits is forgotten. */
  close(): void {
    clearInterval(this.#paceTimer);
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  #schedule(): void {
    if (this.#stall !== undefined || this.#queuedBytes === 0) return;
    if (this.#bytesPerSecond < Infinity) {
      this.#paceTimer ??= setInterval(() => this.#sendPaced(), PACE_MS);
    } else if (this.#queuedBytes >= GATHERED_BYTES) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      process.nextTick(() => {
        this.#scheduled = false;
        if (this.#bytesPerSecond === Infinity) this.flush();
      });
    }
  }

  #sendPaced(): void {
    if (this.#stall !== undefined) return;
    let share = Math.max(1, Math.floor((this.#bytesPerSecond * PACE_MS) / 1_000));
    const parts: Buffer[] = [];
    for (let [first] = this.#queue; first !== undefined && share > 0; [first] = this.#queue) {
      const part = first.subarray(0, share);
      parts.push(part);
      share -= part.length;
      if (part.length === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(part.length);
      this.#queuedBytes -= part.length;
    }
    if (this.#queue.length === 0) {
      clearInterval(this.#paceTimer);
      this.#paceTimer = undefined;
    }
    this.#send(Buffer.concat(parts));
  }

  #send(bytes: Buffer): void {
    const { socket, begin, onProgress } = this.#options;
    if (socket.destroyed) return;
    socket.cork();
    if (!this.#begun) {
      this.#begun = true;
      begin();
    }
    socket.write(bytes, () => onProgress());
    socket.uncork();
  }
}
