import { AsyncLocalStorage, createHook } from 'node:async_hooks';

const SOCKETS = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap']);

/** Sockets of this process that keep it alive. */
export function countSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind)).length;
}

/** Sees the timers that come from one test: what an earlier one has left behind may still start its own. */
export class TimerWatch implements Disposable {
  readonly #isOwn = new AsyncLocalStorage<true>();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      if (type === 'Timeout' && this.#isOwn.getStore() === true) this.#timers.set(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => this.#timers.delete(id),
  });

  /** Runs the test. */
  async during(test: () => Promise<void>): Promise<void> {
    await this.#isOwn.run(true, test);
  }

  /** From now on its timers are seen. */
  begin(): void {
    this.#hook.enable();
  }

  /** Of those, the ones that keep the process alive. */
  get pending(): number {
    return [...this.#timers.values()].filter((timer) => timer.hasRef()).length;
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
