/** The thread of a {@link Checkpointer}: on each message it opens the database, writes the log back, lets go of it, and says whether all was. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointOrder } from './checkpointer.js';

const { path, isBusy } = workerData as CheckpointOrder;

parentPort?.on('message', () => {
  let database: DatabaseSync | undefined;
  let isComplete = false;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    const { busy, log, checkpointed } = { ...database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() };
    isComplete = busy === 0 && log === checkpointed;
  } catch {
    // The log stays as it is, and SQLite writes it back in the main thread when it has become long.
  } finally {
    if (database?.isOpen === true) database.close();
    Atomics.store(isBusy, 0, 0);
    Atomics.notify(isBusy, 0);
    parentPort?.postMessage(isComplete, []);
  }
});
