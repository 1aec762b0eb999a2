import { DatabaseSync } from 'node:sqlite';
import type { Fault } from './settings.ts';

const LEVELS: Readonly<Record<Fault, string>> = { unsynced: 'OFF', relaxed: 'NORMAL' };

/**
 * Makes the journal of this process forget to sync: whatever level it asks SQLite for, it gets a lower one. The journal itself
 * has no switch for that, so its connection to SQLite is what lies. It shows that the proof would find a journal that
 *
 * - `unsynced`: never syncs, so that log and database reach the disk in any order;
 * - `relaxed`: syncs only when the log is written back. Its file stays sound, but what was just promised may be missing.
 */
export function plant(fault: Fault): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own `this`
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function execLower(this: DatabaseSync, sql: string): void {
    exec.call(this, sql.replaceAll(/synchronous=\w+/g, `synchronous=${LEVELS[fault]}`));
  };
}
