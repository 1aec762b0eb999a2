import { GrantexError } from '@grantex/core';
import type { Mark, Operation, Overrun } from './operation.ts';
import { asOperation, onTransaction } from './transactions.ts';

/** Operations that were asked for and are not done. Says of each what becomes of it. */
export class UnderWay {
  readonly #say: (mark: Mark) => void;
  readonly #overrun: () => Overrun;
  readonly #running = new Map<number, Promise<void>>();
  readonly #kinds = new Map<number, string>();
  #lastId = 0;

  constructor(say: (mark: Mark) => void, overrun: () => Overrun) {
    this.#say = say;
    this.#overrun = overrun;
    onTransaction((id) => say({ writes: id, overrun: overrun() }));
  }

  get size(): number {
    return this.#running.size;
  }

  /** What is under way: its numbers and kinds. */
  get list(): string {
    return [...this.#kinds].map(([id, kind]) => `${kind} ${id}`).join(', ');
  }

  /** Resolves when it is done, or refused because the journal was closed. */
  begin(operation: Operation, work: () => Promise<unknown>): Promise<void> {
    const id = ++this.#lastId;
    this.#say({ asked: id, operation });
    this.#kinds.set(id, operation.kind);
    const running = this.#finish(id, asOperation(id, work));
    this.#running.set(id, running);
    return running;
  }

  /** Resolves when the one that was asked for first is done. */
  async oldest(): Promise<void> {
    const [oldest] = this.#running.values();
    await oldest;
  }

  async all(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  async #finish(id: number, work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#say({ done: id, overrun: this.#overrun() });
    } catch (error) {
      if (!(error instanceof GrantexError) || error.code !== 'JOURNAL_CLOSED') throw error;
      this.#say({ refused: id });
    } finally {
      this.#running.delete(id);
      this.#kinds.delete(id);
    }
  }
}
