import type { Dispatcher } from '@grantex/core';
import type { Chance } from './chance.ts';
import type { Ledger, LifeRecord, Published } from './ledger.ts';
import type { Happening, Life, World } from './world.ts';

const KEEPALIVE_MS = 30_000;
/** What is sent is there after so many milliseconds, unless the connection breaks before. */
export const MOST_TRANSIT_MS = 200;

/** One connection, from the server's side, as bytes that are cut anywhere. */
export class StreamConnection {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #life: Life;
  readonly #record: LifeRecord;
  readonly #ledger: Ledger;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #name: string;
  readonly #controller: Dispatcher.DispatchController;
  #isOver = false;
  #isStalled = false;
  #hasHeaders = false;
  /** When the last chunk that is under way arrives. */
  #arrivesAt = 0;
  #misbehaving: Happening | undefined;
  #abortReason: Error | null = null;
  onEnd: () => void = () => {};

  constructor(parts: {
    readonly world: World;
    readonly chance: Chance;
    readonly life: Life;
    readonly record: LifeRecord;
    readonly ledger: Ledger;
    readonly handler: Dispatcher.DispatchHandler;
    readonly name: string;
  }) {
    this.#world = parts.world;
    this.#chance = parts.chance;
    this.#life = parts.life;
    this.#record = parts.record;
    this.#ledger = parts.ledger;
    this.#handler = parts.handler;
    this.#name = parts.name;
    const isAborted = (): boolean => this.#abortReason !== null;
    const reason = (): Error | null => this.#abortReason;
    this.#controller = {
      get aborted() {
        return isAborted();
      },
      get paused() {
        return false;
      },
      get reason() {
        return reason();
      },
      abort: (error: Error) => this.#abort(error),
      pause: () => {},
      resume: () => {},
    };
  }

  get isOver(): boolean {
    return this.#isOver || this.#life.isOver;
  }

  /** The request has come. */
  begin(): void {
    this.#handler.onRequestStart?.(this.#controller, undefined);
  }

  refuse(statusCode: number, headers: Record<string, string>, body: string): void {
    this.begin();
    this.#note(() => `refused: ${statusCode} ${body}`);
    this.#later(this.#chance.skewed(1, 200), () => {
      this.#handler.onResponseStart?.(this.#controller, statusCode, headers, '');
      this.#handler.onResponseData?.(this.#controller, Buffer.from(body));
      this.#finish();
      this.#handler.onResponseEnd?.(this.#controller, {});
    });
  }

  break(message: string): void {
    this.#note(() => `breaks: ${message}`);
    this.#finish();
    const error = Object.assign(new Error(message), { code: 'ECONNRESET' });
    this.#handler.onResponseError?.(this.#controller, error);
  }

  /** Goes wrong after so many milliseconds. */
  misbehave(how: 'cut' | 'stall', afterMs: number): void {
    this.#misbehaving = this.#world.after(afterMs, this.#life, () => {
      if (this.#isOver) return;
      if (how === 'stall') {
        this.#note(() => 'is half-open from here on');
        this.#isStalled = true;
      } else if (this.#chance.happens(0.5)) {
        this.break('read ECONNRESET');
      } else {
        this.#note(() => 'is ended by the server');
        this.#finish();
        this.#handler.onResponseEnd?.(this.#controller, {});
      }
    });
  }

  /** Goes wrong no more. Half-open, it is cut at once: nobody would hear what is published until that is noticed. */
  calm(): void {
    this.#misbehaving?.cancel();
    if (this.#isStalled && !this.isOver) this.break('read ECONNRESET');
  }

  keepAlive(): void {
    this.#world.after(KEEPALIVE_MS, this.#life, () => {
      if (this.#isOver) return;
      this.send(undefined, ': keepalive\n\n');
      this.keepAlive();
    });
  }

  /** Sends a frame, in pieces. `event`: what is heard when the last one has arrived. */
  send(event: Published | undefined, frame: string): void {
    if (this.isOver) {
      this.#finish();
      return;
    }
    const bytes = Buffer.from(frame);
    const deadline = this.#world.now + MOST_TRANSIT_MS;
    const pieces = this.#chance.happens(0.2) ? this.#chance.between(2, 4) : 1;
    for (let start = 0, piece = 1; start < bytes.length; piece++) {
      const end =
        piece >= pieces ? bytes.length : Math.min(bytes.length, start + this.#chance.between(1, bytes.length));
      this.#arriveLater(bytes.subarray(start, end), deadline, end === bytes.length ? event : undefined);
      start = end;
    }
  }

  #arriveLater(bytes: Buffer, deadline: number, event: Published | undefined): void {
    const at = Math.max(this.#arrivesAt + 0.001, this.#world.now + this.#chance.skewed(0.1, MOST_TRANSIT_MS / 2));
    this.#arrivesAt = Math.min(at, Math.max(deadline, this.#arrivesAt + 0.001));
    this.#later(this.#arrivesAt - this.#world.now, () => {
      if (this.#isStalled) return;
      if (!this.#hasHeaders) {
        this.#hasHeaders = true;
        const headers = { 'content-type': 'text/event-stream' };
        this.#handler.onResponseStart?.(this.#controller, 200, headers, 'OK');
      }
      this.#record.heardFrom ??= this.#world.now;
      this.#record.heardUntil = this.#world.now;
      this.#note(() => `${bytes.length} bytes${event === undefined ? '' : `, the end of #${event.number}`}`);
      if (event !== undefined) this.#ledger.noteHeard(event.id, this.#life.number);
      this.#handler.onResponseData?.(this.#controller, bytes);
    });
  }

  #abort(error: Error): void {
    if (this.#isOver) return;
    this.#note(() => `is given up: ${error.message}`);
    this.#abortReason = error;
    this.#finish();
    this.#world.after(0, this.#life, () => this.#handler.onResponseError?.(this.#controller, error));
  }

  #later(ms: number, run: () => void): void {
    this.#world.after(ms, this.#life, () => {
      if (!this.#isOver) run();
    });
  }

  #finish(): void {
    this.#isOver = true;
    this.onEnd();
  }

  #note(line: () => string): void {
    this.#world.note(() => `${this.#name}: ${line()}`);
  }
}
