/** Where a mark was set, and what lies between it and the one before. */
interface Mark<Position> {
  readonly position: Position;
  readonly events: number;
  readonly bytes: number;
}

export interface InFlightOptions<Position> {
  /** Events that may be sent and not settled. */
  readonly maxEvents: number;
  /** Bytes of them. */
  readonly maxBytes: number;
  /** Resolves when everything sent so far is settled. */
  readonly flush: () => Promise<void>;
  /** Everything up to here is settled. */
  readonly onSettled: (position: Position) => void;
}

/** A mark for each quarter of the window: while one is waited for, the others keep the destination busy. */
const MARKS = 4;

/**
 * What is on its way. Now and then it sets a mark and asks for a flush; the flush that resolves says that all before the
 * mark is settled. So a checkpoint can move without the destination ever standing still.
 */
export class InFlight<Position> {
  readonly #options: InFlightOptions<Position>;
  readonly #marks: Mark<Position>[] = [];
  #position: Position | undefined;
  #unmarked = { events: 0, bytes: 0 };
  #events = 0;
  #bytes = 0;
  #failure: unknown;
  #wake = (): void => {};

  constructor(options: InFlightOptions<Position>) {
    this.#options = options;
  }

  /** Events that are sent and not known to be settled. */
  get events(): number {
    return this.#events;
  }

  /** To be told what was sent, and up to where the input was read. */
  sent(events: number, bytes: number, position: Position): void {
    this.#position = position;
    this.#events += events;
    this.#bytes += bytes;
    this.#unmarked.events += events;
    this.#unmarked.bytes += bytes;
    const { maxEvents, maxBytes } = this.#options;
    if (this.#unmarked.events >= maxEvents / MARKS || this.#unmarked.bytes >= maxBytes / MARKS) this.mark();
  }

  /** Sets a mark here, unless there is one. */
  mark(): void {
    if (this.#position === undefined) return;
    const mark = { position: this.#position, ...this.#unmarked };
    this.#marks.push(mark);
    this.#position = undefined;
    this.#unmarked = { events: 0, bytes: 0 };
    this.#options.flush().then(
      () => this.#settled(mark),
      (error: unknown) => {
        this.#failure ??= error;
        this.#wake();
      },
    );
  }

  /** Resolves when there is room for more, or when `signal` aborts. Rejects when the destination has stopped. */
  async room(signal: AbortSignal): Promise<void> {
    const { maxEvents, maxBytes } = this.#options;
    await this.#until(() => this.#events < maxEvents && this.#bytes < maxBytes, signal);
  }

  /** Resolves when all is settled, or when `signal` aborts. */
  async allSettled(signal: AbortSignal): Promise<void> {
    this.mark();
    await this.#until(() => this.#marks.length === 0, signal);
  }

  async #until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      while (!signal.aborted && !holds()) {
        if (this.#failure !== undefined) throw this.#failure;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #settled(mark: Mark<Position>): void {
    // A later mark that is settled settles those before it.
    const count = this.#marks.indexOf(mark) + 1;
    for (const { events, bytes } of this.#marks.splice(0, count)) {
      this.#events -= events;
      this.#bytes -= bytes;
    }
    if (count > 0) this.#options.onSettled(mark.position);
    this.#wake();
  }
}
