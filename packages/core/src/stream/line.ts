import { Connection, type ConnectionParts } from './connection.js';

/**
 * How long the old connection of a planned change is still read, milliseconds: what was published before the new one stood
 * may be on its way on the old one only.
 */
const OVERLAP_MS = 2_000;

export interface LineParts extends ConnectionParts {
  readonly name: string;
}

/**
 * One of the places for a connection. Holds one, which opens itself again when it breaks; in a planned change the next one
 * is heard before the one before is closed.
 */
export class Line {
  readonly #parts: LineParts;
  readonly #stopping = new AbortController();
  readonly #firstHeard = Promise.withResolvers<void>();
  #wasHeard = false;
  /** The connections that are heard, and since when. */
  readonly #heardSince = new Map<object, number>();
  #current: Connection;
  /** The new one of a planned change, until it has taken over. */
  #next: Connection | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#current = this.#make(parts.isRefusalTemporary);
  }

  /** Resolves when it is heard for the first time. */
  get firstHeard(): Promise<void> {
    return this.#firstHeard.promise;
  }

  get wasHeard(): boolean {
    return this.#wasHeard;
  }

  /** Since when its connection has been heard without a break, Unix epoch, milliseconds; undefined while it is not. */
  get heardSince(): number | undefined {
    return this.#heardSince.get(this.#current);
  }

  /** Resolves after `stop`; rejects with a `StreamError` when the first connect is refused for good. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the stream was stopped'));
    await Promise.all([this.#current.stop(), this.#next?.stop()]);
  }

  /**
   * A planned change: opens a new connection, and closes the old one when the new one is heard. When that does not come to
   * pass the old one stays. A line that is not heard is left alone: it is connecting anyway.
   * @returns whether there was a change
   */
  async change(): Promise<boolean> {
    if (this.heardSince === undefined || this.#next !== undefined || this.#stopping.signal.aborted) return false;
    const failed = Promise.withResolvers<string>();
    const heard = Promise.withResolvers<undefined>();
    const next = this.#make(() => true, {
      onGained: () => heard.resolve(undefined),
      onLost: (cause) => {
        failed.resolve(cause);
        // One attempt: a refusal because the places are short is not to be followed by others.
        if (this.#next === next) void next.stop();
      },
    });
    this.#next = next;
    void next.run();
    const cause = (await Promise.race([heard.promise, failed.promise])) ?? (await this.#overlap(failed.promise));
    const isBetter = cause === undefined && this.#heardSince.has(next);
    const [goes, stays] = isBetter ? [this.#current, next] : [next, this.#current];
    this.#current = stays;
    this.#next = undefined;
    await goes.stop();
    if (!isBetter && !this.#stopping.signal.aborted) {
      this.#parts.logger.warn(
        `${this.#parts.name}: the planned change is put off, the connection stays. ${cause ?? ''}`.trim(),
      );
    }
    return isBetter;
  }

  async #run(): Promise<void> {
    for (let done: Connection | undefined; done !== this.#current;) {
      done = this.#current;
      await done.run();
    }
  }

  /** Resolves when the old connection has had the time to bring what was on its way; earlier, with the cause, when the new one fails. */
  async #overlap(failed: Promise<string>): Promise<string | undefined> {
    const { clock, intake } = this.#parts;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    const passed = async (): Promise<undefined> => {
      let pressure: Promise<void> | undefined;
      do {
        await clock.sleep(OVERLAP_MS, signal).catch(() => {}); // Stopped, or the new one has failed.
        pressure = signal.aborted ? undefined : intake.backpressure();
        await pressure; // Meanwhile nothing was read.
      } while (pressure !== undefined);
      return undefined;
    };
    const cause = await Promise.race([failed, passed()]);
    over.abort();
    return cause;
  }

  #make(
    isRefusalTemporary: (() => boolean) | undefined,
    on: { readonly onGained?: () => void; readonly onLost?: (cause: string) => void } = {},
  ): Connection {
    const { hearing } = this.#parts;
    return new Connection({
      ...this.#parts,
      ...(isRefusalTemporary !== undefined && { isRefusalTemporary }),
      hearing: {
        heard: (at) => hearing.heard(at),
        gained: (connection, at, openedAt) => {
          this.#heardSince.set(connection, at);
          hearing.gained(connection, at, openedAt);
          this.#wasHeard = true;
          this.#firstHeard.resolve();
          on.onGained?.();
        },
        lost: (connection, lastByteAt, cause) => {
          this.#heardSince.delete(connection);
          hearing.lost(connection, lastByteAt, cause);
          on.onLost?.(cause);
        },
      },
    });
  }
}
