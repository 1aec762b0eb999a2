import type { Clock } from '../clock.js';
import { StreamError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Hearing } from './hearing.js';
import type { Intake } from './intake.js';
import { isSound, reconnectDelay } from './reconnect.js';
import type { ConnectionEnd, StreamListener, StreamTransport } from './transport.js';

export interface ConnectionOptions {
  /**
   * Milliseconds to wait for the first byte. The server sends its headers with the first event or keepalive, which on a
   * quiet stream comes after 30 s. @defaultValue 40_000
   */
  readonly firstByteTimeoutMs: number;
  /** Milliseconds without a byte after which the stream counts as dead: two and a half keepalives. @defaultValue 75_000 */
  readonly silenceTimeoutMs: number;
}

export const DEFAULT_CONNECTION_OPTIONS: ConnectionOptions = { firstByteTimeoutMs: 40_000, silenceTimeoutMs: 75_000 };

/**
 * A connection that the client closes in its first moments keeps its slot at the server, so none is given up in its first
 * second; the rest is for the request's way to the server.
 */
export const SHORTEST_LIFE_MS = 1_200;

/** An id that can be sent back: one that is longer, or has other characters, is of no use. */
const HEADER_VALUE = /^[\x20-\x7e]{1,1000}$/;

export interface ConnectionParts {
  readonly transport: StreamTransport;
  readonly url: URL;
  /** Asked at each connect. */
  readonly apiKey: () => Promise<string>;
  readonly types: readonly string[] | undefined;
  readonly intake: Pick<Intake, 'onFrame' | 'onOversize' | 'backpressure' | 'giveWay'>;
  readonly hearing: Pick<Hearing, 'gained' | 'heard' | 'lost'>;
  readonly options: ConnectionOptions;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** For log lines. @defaultValue `event stream` */
  readonly name?: string;
  /** Whether a refusal of the first connect is tried again, too. @defaultValue never */
  readonly isRefusalTemporary?: () => boolean;
  /**
   * Called before a connect that would be made at once: milliseconds to wait all the same, so that two connections that
   * ended together do not end together again. @defaultValue none
   */
  readonly spacing?: () => number;
}

/** Keeps one connection to the event server: connects, listens, notices when it is dead, and connects again. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #stopping = new AbortController();
  #lastEventId: string | undefined;
  #wasEverOpen = false;
  #running: Promise<void> | undefined;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  /** Resolves after `stop`; rejects with a `StreamError` when the first connect is refused for good. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the stream was stopped'));
    await this.#running?.catch(() => {}); // It was told to whoever called run().
  }

  async #run(): Promise<void> {
    const { clock, random } = this.#parts;
    for (let failures = 0; !this.#stopping.signal.aborted;) {
      const { end, heardMs } = await this.#listenOnce();
      if (this.#stopping.signal.aborted) return;
      if (end.kind === 'answered' && end.answer.kind === 'refused' && !this.#mayRefuse()) {
        throw new StreamError(`Failed to connect to event stream: ${end.statusCode}`, {
          statusCode: end.statusCode,
          cause: new Error(end.answer.message),
        });
      }
      failures = isSound(heardMs) ? 1 : failures + 1;
      const soonest = reconnectDelay(end, { failures, heardMs }, random);
      const delay = soonest === 0 ? (this.#parts.spacing?.() ?? 0) : soonest;
      this.#logEnd(end, failures, heardMs, delay);
      await clock.sleep(delay, this.#stopping.signal).catch(() => {}); // Stopped: the loop ends.
    }
  }

  /** Whether the server has been good before, so that its refusal need not be the last word. */
  #mayRefuse(): boolean {
    return this.#wasEverOpen || (this.#parts.isRefusalTemporary?.() ?? false);
  }

  /** One connection, from the connect to its end. */
  async #listenOnce(): Promise<{ end: ConnectionEnd; heardMs: number | undefined }> {
    const { transport, clock, hearing, intake } = this.#parts;
    const giveUp = new AbortController();
    const openedAt = clock.now();
    const life: Life = { requestedAt: -Infinity, firstByteAt: undefined, lastByteAt: openedAt, quietSince: openedAt };
    const over = new AbortController();
    const watching = this.#watch(life, giveUp, over.signal);
    const listener: StreamListener = {
      onFrame: (text) => intake.onFrame(text),
      onOversize: (head) => intake.onOversize(head),
      backpressure: () => this.#noteBackpressure(life, intake.backpressure()) ?? intake.giveWay(),
      onRequested: () => (life.requestedAt = clock.now()),
      onBytes: () => {
        life.lastByteAt = clock.now();
        life.quietSince = life.lastByteAt;
        hearing.heard(life.lastByteAt);
        if (life.firstByteAt !== undefined) return;
        life.firstByteAt = life.lastByteAt;
        this.#wasEverOpen = true;
        hearing.gained(this, life.lastByteAt, life.requestedAt);
      },
      onId: (id) => (this.#lastEventId = HEADER_VALUE.test(id) ? id : undefined),
    };
    const end = await this.#listen(transport, giveUp.signal, listener);
    over.abort();
    await watching;
    // Until it is closed by ourselves it is heard, however quiet the stream is.
    const isClosedByUs = giveUp.signal.aborted && giveUp.signal.reason === this.#stopping.signal.reason;
    hearing.lost(this, isClosedByUs ? clock.now() : life.lastByteAt, describeEnd(end));
    return { end, heardMs: life.firstByteAt === undefined ? undefined : clock.now() - life.firstByteAt };
  }

  async #listen(transport: StreamTransport, signal: AbortSignal, listener: StreamListener): Promise<ConnectionEnd> {
    const { url, types, apiKey } = this.#parts;
    let key: string;
    try {
      key = await Promise.race([apiKey(), rejectedOnAbort(signal)]);
    } catch (error) {
      return { kind: 'ended', cause: `no apiKey: ${error instanceof Error ? error.message : 'the function failed'}` };
    }
    const end = await transport.listen({ url, apiKey: key, types, lastEventId: this.#lastEventId, signal }, listener);
    return withoutKey(end, key);
  }

  /** While we read nothing ourselves, silence says nothing about the server. */
  #noteBackpressure(life: Life, pressure: Promise<void> | undefined): Promise<void> | undefined {
    if (pressure === undefined || life.pressure === pressure) return pressure;
    life.pressure = pressure;
    const readAgain = (): void => {
      if (life.pressure === pressure) life.pressure = undefined;
      life.quietSince = this.#parts.clock.now();
    };
    void pressure.then(readAgain);
    return pressure;
  }

  /** Gives the connection up when it is silent for too long, or when it is to be stopped and old enough. */
  async #watch(life: Life, giveUp: AbortController, over: AbortSignal): Promise<void> {
    const { clock, options } = this.#parts;
    const { signal: stopping } = this.#stopping;
    const either = AbortSignal.any([over, stopping]);
    while (!either.aborted) {
      const limit = life.firstByteAt === undefined ? options.firstByteTimeoutMs : options.silenceTimeoutMs;
      const quietSince = life.pressure === undefined ? life.quietSince : clock.now();
      const left = quietSince + limit - clock.now();
      if (left <= 0) {
        giveUp.abort(new Error(`nothing was heard for ${limit} ms`));
        return;
      }
      // The first byte may come while this waits for it, and silence counts from then on.
      const soonest = Math.min(left, options.silenceTimeoutMs);
      await clock.sleep(soonest, either).catch(() => {}); // Over or stopping: looked at right below.
    }
    if (over.aborted) return;
    const left = life.requestedAt + SHORTEST_LIFE_MS - clock.now();
    if (left > 0) await clock.sleep(left, over).catch(() => {}); // It ended by itself.
    giveUp.abort(stopping.reason);
  }

  #logEnd(end: ConnectionEnd, failures: number, heardMs: number | undefined, delay: number): void {
    const { logger, name = 'event stream' } = this.#parts;
    // A line a change of state: when it was lost, and when it turns out that it stays lost.
    if (heardMs === undefined && failures !== 1 && failures !== 3) return;
    const wait = delay === 0 ? 'connecting again' : `connecting again in ${Math.ceil(delay / 1000)} s`;
    logger.warn(`${name}: ${heardMs === undefined ? 'not connected' : 'lost'}, ${wait}. ${describeEnd(end)}`);
  }
}

interface Life {
  /** When the server began to count it. */
  requestedAt: number;
  firstByteAt: number | undefined;
  lastByteAt: number;
  /** What silence is counted from: the last byte, or the moment in which we began to read again. */
  quietSince: number;
  /** While it is set, we read nothing. */
  pressure?: Promise<void> | undefined;
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** A proxy's answer may quote the request. */
function withoutKey(end: ConnectionEnd, key: string): ConnectionEnd {
  const clean = (text: string): string => text.replaceAll(key, '[secret]');
  if (end.kind === 'ended') return { ...end, cause: clean(end.cause) };
  return { ...end, answer: { ...end.answer, message: clean(end.answer.message) } };
}

function describeEnd(end: ConnectionEnd): string {
  return end.kind === 'ended' ? end.cause : `the server answered ${end.statusCode}. ${end.answer.message}`.trim();
}
