/** Instead of the thread that writes the log back, with the fault `hasty`: what it writes with does not sync. */
import { DatabaseSync } from 'node:sqlite';
import { workerData } from 'node:worker_threads';

// oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
const { prepare } = DatabaseSync.prototype;
DatabaseSync.prototype.prepare = function prepareHasty(this: DatabaseSync, ...words) {
  this.exec('PRAGMA synchronous=OFF');
  return prepare.apply(this, words);
};
await import((workerData as { readonly thread: string }).thread);
