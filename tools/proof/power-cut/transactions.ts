import { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseSync } from 'node:sqlite';

const operations = new AsyncLocalStorage<number>();

/** Does the work of an operation: the transactions in it, now and later, are known as the operation's. */
export async function asOperation(id: number, work: () => Promise<unknown>): Promise<void> {
  await operations.run(id, work);
}

/**
 * Tells of each transaction of an operation, right before it ends. The journal ends them in the main thread, so the order in which
 * this is told is their order in the log; it has no switch for that, so what it is connected to tells.
 */
export function onTransaction(tell: (id: number) => void): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function execTold(this: DatabaseSync, sql: string): void {
    const id = sql === 'COMMIT' ? operations.getStore() : undefined;
    if (id !== undefined) tell(id);
    exec.call(this, sql);
  };
}
