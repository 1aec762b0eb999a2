import type { Output } from './terminal.js';

/** Prints lines no faster than they are read, and ends without a word when the reader has gone (`| head`). */
export class TailOutput implements Disposable {
  readonly #stream: Output;
  readonly #closed = new AbortController();
  /** Printing is over. */
  readonly #signal: AbortSignal;
  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') this.#error ??= error;
    this.#closed.abort();
  };
  readonly #onDrain = (): void => this.#wake();
  #error: Error | undefined;
  #waiting: (() => void)[] = [];

  /** At `signal` nobody is waited for any more. */
  constructor(stream: Output, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = AbortSignal.any([signal, this.#closed.signal]);
    this.#signal.addEventListener('abort', this.#onDrain);
    stream.on('error', this.#onError);
    stream.on('drain', this.#onDrain);
  }

  /** Aborts when nobody reads any more, or wants to. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** Why nothing can be printed, e.g. that the disk is full; undefined when all is well. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Resolves when there is room for the next line. */
  async print(line: string): Promise<void> {
    if (this.#signal.aborted || this.#stream.write(`${line}\n`)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#signal.aborted) this.#wake();
    });
  }

  [Symbol.dispose](): void {
    this.#stream.off('drain', this.#onDrain);
    this.#signal.removeEventListener('abort', this.#onDrain);
    // The listener for errors stays: what was written last may fail later, when nobody cares.
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
