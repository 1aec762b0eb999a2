import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** What the thread is given. */
export interface CheckpointOrder {
  readonly path: string;
  /** Its first number is 1 while the thread has the database open. */
  readonly isBusy: Int32Array<SharedArrayBuffer>;
}

/** The file beside this one: a source in tests, and built as this one is. */
const THREAD = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);
/** A disk that takes longer is given up on. */
const LONGEST_MS = 10_000;

/**
 * Writes the log back into the database in a thread of its own, where waiting for the disk holds nobody up. The thread
 * begins when it is needed first; where it cannot (its file was left out of a bundle, say) nothing happens here, and SQLite
 * does the same in the main thread, later.
 */
export class Checkpointer {
  readonly #order: CheckpointOrder;
  #thread: Worker | undefined;
  /** The thread cannot be had, or is not wanted any more. */
  #isOver = false;
  #done: PromiseWithResolvers<boolean> | undefined;

  /** `path` is the database's. */
  constructor(path: string) {
    this.#order = { path, isBusy: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** Settles when the thread does nothing any more; undefined while it does nothing. */
  get running(): Promise<unknown> | undefined {
    return this.#done?.promise;
  }

  /**
   * Resolves when as much of the log is written back as could be, to whether that was all. While something is written to the
   * log it is not, and the log goes on to grow.
   */
  async run(): Promise<boolean> {
    if (this.#isOver) return false;
    if (this.#done !== undefined) return this.#done.promise;
    const done = Promise.withResolvers<boolean>();
    this.#done = done;
    try {
      this.#thread ??= this.#start();
    } catch {
      this.#isOver = true; // There may be no more threads here.
      this.#done = undefined;
      return false;
    }
    // Somebody waits for it: the process has to go on until it is done.
    this.#thread.ref();
    Atomics.store(this.#order.isBusy, 0, 1);
    this.#thread.postMessage('go', []);
    return done.promise;
  }

  /** Blocks until the thread has let go of the database: its file is about to be replaced. */
  waitUntilIdle(): void {
    Atomics.wait(this.#order.isBusy, 0, 1, LONGEST_MS);
  }

  /** Resolves when the thread has ended. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#done?.promise;
    await this.#thread?.terminate();
  }

  #start(): Worker {
    // Without what the process was started with: that is for the program, not for this.
    const thread = new Worker(THREAD, { workerData: this.#order, execArgv: [] });
    thread.on('message', (isComplete: boolean) => this.#finish(isComplete));
    thread.on('error', () => {}); // It ends with that.
    thread.on('exit', () => {
      this.#isOver = true;
      Atomics.store(this.#order.isBusy, 0, 0);
      this.#finish(false);
    });
    return thread;
  }

  #finish(isComplete: boolean): void {
    this.#thread?.unref();
    this.#done?.resolve(isComplete);
    this.#done = undefined;
  }
}
