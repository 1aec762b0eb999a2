import { Wakeup } from './delivery/wakeup.js';
import type { GrantexEvent } from './events.js';
import type { EventRecord } from './journal/event-record.js';
import type { Journal, JournalCursor } from './journal/journal.js';

/** Events read from the journal at a time. */
const READ_COUNT = 100;

/** One `for await` over a source: a cursor in memory. An event is settled when the next one is asked for. */
export class EventReader implements AsyncIterableIterator<GrantexEvent> {
  readonly #name: string;
  readonly #journal: Journal;
  readonly #onBegin: () => Promise<void>;
  readonly #onEnd: () => Promise<void>;
  readonly #wakeup = new Wakeup();
  #cursor: JournalCursor | undefined;
  #beginning: Promise<void> | undefined;
  #records: readonly EventRecord[] = [];
  #next = 0;
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;

  /** `onBegin` is called at the first `next()` and has to have `open` called; `onEnd` when the reading ends. */
  constructor(parts: {
    readonly name: string;
    readonly journal: Journal;
    readonly onBegin: () => Promise<void>;
    readonly onEnd: () => Promise<void>;
  }) {
    this.#name = parts.name;
    this.#journal = parts.journal;
    this.#onBegin = parts.onBegin;
    this.#onEnd = parts.onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Opens the cursor: what is appended from now on is read. */
  async open(): Promise<void> {
    const options = { transient: true, onReadable: () => this.#wakeup.wake() };
    this.#cursor ??= await this.#journal.openCursor(this.#name, options);
  }

  async next(): Promise<IteratorResult<GrantexEvent, undefined>> {
    this.#beginning ??= this.#onBegin();
    await this.#beginning;
    await this.#settleLast();
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const record = this.#records[this.#next];
      if (record !== undefined) {
        this.#next++;
        return { done: false, value: record.copy() };
      }
      this.#records = (await this.#cursor?.read(READ_COUNT)) ?? [];
      this.#next = 0;
      if (this.#records.length > 0) continue;
      if (this.#isFinished) return this.#end();
      await this.#wakeup.wait();
    }
  }

  /** Called by `break`. */
  async return(): Promise<IteratorResult<GrantexEvent, undefined>> {
    await this.#settleLast();
    return this.#end();
  }

  /** Nothing more will be appended: the reading ends after what there is. */
  finish(): void {
    this.#isFinished = true;
    this.#wakeup.wake();
  }

  /** Makes the reading end with an exception. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#wakeup.wake();
  }

  async #settleLast(): Promise<void> {
    const last = this.#records[this.#next - 1];
    if (last !== undefined) await this.#cursor?.commit({ settled: [[last.position, last.position]] });
  }

  async #end(): Promise<IteratorResult<GrantexEvent, undefined>> {
    const cursor = this.#cursor;
    this.#cursor = undefined;
    this.#records = [];
    this.#isFinished = true;
    if (cursor !== undefined) {
      await cursor.close();
      await this.#onEnd();
    }
    return { done: true, value: undefined };
  }
}
