import fs, { closeSync, openSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import threads, { Worker, type WorkerOptions } from 'node:worker_threads';
import type { Fault } from './settings.ts';

const LEVELS: Readonly<Record<Exclude<Fault, 'hasty'>, string>> = {
  unsynced: 'OFF',
  relaxed: 'NORMAL',
  early: 'NORMAL',
};

const { fdatasync } = fs;

/** So long a sync takes with the fault `early`: it ends after the writes that it is trusted for, or most of them. */
export const EARLY_SYNC_MS = 12;
/** Another thread has begun the sync then. */
const BEGINNING_MS = 0.5;

/**
 * Makes the journal of this process forget to sync: whatever level it asks SQLite for, it gets a lower one, and syncs that
 * it asks Node for are none. The journal itself has no switch for that, so what it is connected to is what lies. It shows that
 * the proof would find a journal that
 *
 * - `unsynced`: never syncs, so that log and database reach the disk in any order;
 * - `relaxed`: syncs only when the log is written back. Its file stays sound, but what was just promised may be missing;
 * - `early`: promises what was written while a sync was under way, once that sync has ended. It knows nothing of the write;
 * - `hasty`: writes the log back in its thread without syncing, so that the log begins anew while the database may be old.
 */
export function plant(fault: Fault): void {
  if (fault === 'hasty') plantThread();
  else plantLevel(fault);
  syncBuiltinESMExports();
}

function plantThread(): void {
  threads.Worker = class extends Worker {
    constructor(thread: string | URL, options: WorkerOptions = {}) {
      const workerData = { ...(options.workerData as object), thread: String(thread) };
      super(new URL('planted-thread.ts', import.meta.url), { ...options, workerData });
    }
  };
}

function plantLevel(fault: keyof typeof LEVELS): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function execLower(this: DatabaseSync, sql: string): void {
    const isEarly = fault === 'early' && sql === 'COMMIT';
    if (isEarly) syncEarly(`${this.location()}-wal`);
    exec.call(this, sql.replaceAll(/synchronous=\w+/g, `synchronous=${LEVELS[fault]}`));
    if (isEarly) pause(2 * EARLY_SYNC_MS);
  };
  fs.fdatasync = Object.assign(forget, { __promisify__: async () => {} });
}

function forget(_file: number, done: fs.NoParamCallback): void {
  setImmediate(done, null);
}

/** Returns when another thread has probably begun the sync. */
function syncEarly(path: string): void {
  const file = openSync(path, 'r+');
  fdatasync(file, () => closeSync(file));
  pause(BEGINNING_MS);
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
