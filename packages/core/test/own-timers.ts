import { AsyncLocalStorage, createHook } from 'node:async_hooks';

/** The timers that come from what `during` runs, and from nothing else in this process: other tests run in it, too. */
export class OwnTimers implements Disposable {
  readonly #isOwn = new AsyncLocalStorage<true>();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      if (type === 'Timeout' && this.#isOwn.getStore() === true) this.#timers.set(id, resource as NodeJS.Timeout);
    },
    // Told in a later turn of the event loop than the timer's end.
    destroy: (id) => this.#timers.delete(id),
  }).enable();

  during<Result>(run: () => Result): Result {
    return this.#isOwn.run(true, run);
  }

  /** Those that keep the process alive. */
  get pending(): number {
    return [...this.#timers.values()].filter((timer) => timer.hasRef()).length;
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
