import { createHook } from 'node:async_hooks';

const SOCKETS = new Set(['TCPSocketWrap', 'TLSWrap', 'PipeWrap']);

/** Sockets of this process that keep it alive. */
export function countSockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => SOCKETS.has(kind)).length;
}

/** Sees the timers that are started while it watches. */
export class TimerWatch implements Disposable {
  readonly #timers = new Map<number, NodeJS.Timeout>();
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      if (type === 'Timeout') this.#timers.set(id, resource as NodeJS.Timeout);
    },
    destroy: (id) => this.#timers.delete(id),
  }).enable();

  /** Of those, the ones that keep the process alive. */
  get pending(): number {
    return [...this.#timers.values()].filter((timer) => timer.hasRef()).length;
  }

  [Symbol.dispose](): void {
    this.#hook.disable();
  }
}
