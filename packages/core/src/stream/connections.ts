import type { ConnectionParts } from './connection.js';
import { Line } from './line.js';
import type { StreamTransport } from './transport.js';

/** The event server takes so many connections of an account and a transport at a time. */
export const MAX_CONNECTIONS = 5;

/** The next connection is opened when the one before is heard, but waits no longer than this for it; milliseconds. */
const LONGEST_WAIT_MS = 5_000;
/** And then so much later, uniform between the two: connections that are ended at a certain age are not to end together. */
const SPACING_MS = { least: 1_000, most: 5_000 };
/** The age at which a connection is changed is that of the option, or up to this part less. */
const AGE_JITTER = 0.2;

export interface ConnectionsParts extends Omit<
  ConnectionParts,
  'transport' | 'name' | 'isRefusalTemporary' | 'spacing'
> {
  /** At least one. The n-th connection takes the n-th of them, and begins again from the first when they are used up. */
  readonly transports: readonly StreamTransport[];
  /** How many connections, from 1 to {@link MAX_CONNECTIONS}. */
  readonly count: number;
  /** Milliseconds after which a connection is changed for a new one, at the latest; undefined: never. */
  readonly maxAgeMs: number | undefined;
}

/**
 * Keeps several connections to the event server, so that the stream is heard while one of them is broken. Each brings every
 * event; the intake drops the repeats.
 */
export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #lines: readonly Line[];
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #changing: Promise<void> | undefined;
  /** When one of the connections was opened, or is going to be. */
  #lastOpeningAt = -Infinity;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#lines = Array.from({ length: parts.count }, (_, index) => this.#makeLine(index));
  }

  /**
   * Resolves after `stop`; rejects with a `StreamError` when the first connection is refused for good before any of them was
   * heard. A refusal of the others is tried again: the first one may be good.
   */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the stream was stopped'));
    await Promise.all(this.#lines.map((line) => line.stop()));
    await this.#running?.catch(() => {}); // It was told to whoever called run().
    await this.#changing;
  }

  /**
   * A planned change of every connection, one after the other: the new one is heard before the old one is closed, so that
   * there is no gap. Takes up to 30 s each on a quiet stream. A connection whose change does not succeed (no place for one
   * more at the server, say) stays. Resolves when all of them have had their turn.
   */
  reconnect(): Promise<void> {
    return this.#change(this.#lines);
  }

  async #run(): Promise<void> {
    const running = this.#lines.map((line, index) => this.#open(line, index));
    if (this.#parts.maxAgeMs !== undefined) running.push(this.#renew(this.#parts.maxAgeMs));
    try {
      await Promise.all(running);
    } catch (error) {
      this.#stopping.abort(error);
      await Promise.all(this.#lines.map((line) => line.stop()));
      await Promise.allSettled(running);
      throw error;
    }
  }

  /** Opens the connection, when those before it have been opened. */
  async #open(line: Line, index: number): Promise<void> {
    const { signal } = this.#stopping;
    for (const before of this.#lines.slice(0, index)) {
      const heard = new AbortController();
      const bound = this.#parts.clock.sleep(LONGEST_WAIT_MS, AbortSignal.any([heard.signal, signal])).catch(() => {});
      await Promise.race([before.firstHeard, bound]);
      heard.abort();
      await this.#pause(this.#spacing());
    }
    this.#lastOpeningAt = this.#parts.clock.now();
    if (!signal.aborted) await line.run();
  }

  /** Changes each connection when it has reached its age. */
  async #renew(maxAgeMs: number): Promise<void> {
    const { clock, random } = this.#parts;
    const { signal } = this.#stopping;
    const age = (): number => maxAgeMs * (1 - AGE_JITTER * random());
    /** The life that a line has when it is due, and when that is. */
    const due = new Map<Line, { readonly since: number; at: number }>();
    while (!signal.aborted) {
      const now = clock.now();
      for (const line of this.#lines) {
        const since = line.heardSince;
        if (since === undefined) due.delete(line);
        else if (due.get(line)?.since !== since) due.set(line, { since, at: since + age() });
      }
      const late = [...due].filter(([, { at }]) => at <= now);
      for (const [line, plan] of late) {
        await this.#change([line]);
        plan.at = clock.now() + age(); // For the case that it stays: not at once again.
      }
      if (late.length > 0) continue;
      // A connection that is heard meanwhile is not due before that.
      const soonest = now + maxAgeMs * (1 - AGE_JITTER);
      await this.#pause(Math.min(soonest, ...[...due.values()].map(({ at }) => at)) - now);
    }
  }

  #change(lines: readonly Line[]): Promise<void> {
    this.#changing = this.#changeAfter(this.#changing, lines);
    return this.#changing;
  }

  async #changeAfter(before: Promise<void> | undefined, lines: readonly Line[]): Promise<void> {
    await before;
    for (const line of lines) await line.change();
  }

  #makeLine(index: number): Line {
    const { transports, count, ...parts } = this.#parts;
    const transport = transports[index % transports.length];
    if (transport === undefined) throw new RangeError('transports: expected at least one, got none');
    return new Line({
      ...parts,
      transport,
      name: count === 1 ? 'event stream' : `event stream ${index + 1} of ${count} (${transport.name})`,
      isRefusalTemporary: () => index > 0 || this.#lines.some(({ wasHeard }) => wasHeard),
      spacing: () => this.#reopeningDelay(),
    });
  }

  /** For a connection that may be opened at once: 0, unless another one is being opened just now. */
  #reopeningDelay(): number {
    const now = this.#parts.clock.now();
    const delay = now - this.#lastOpeningAt < SPACING_MS.least ? this.#spacing() : 0;
    this.#lastOpeningAt = now + delay;
    return delay;
  }

  #spacing(): number {
    return SPACING_MS.least + (SPACING_MS.most - SPACING_MS.least) * this.#parts.random();
  }

  async #pause(ms: number): Promise<void> {
    await this.#parts.clock.sleep(ms, this.#stopping.signal).catch(() => {}); // Stopped: the callers look.
  }
}
