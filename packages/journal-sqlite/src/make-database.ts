import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, LAYOUT_VERSION, MIGRATIONS, PAGE_BYTES } from './layout.js';
import { sealRow } from './checked-row.js';

/** Milliseconds for which a database that another program writes to is waited for. */
const BUSY_MS = 5_000;

/** Opens the file; makes it, for nobody but its owner, when there is none. */
export function makeFile(path: string): DatabaseSync {
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: BUSY_MS, enableForeignKeyConstraints: false });
  database.exec(
    `PRAGMA page_size=${PAGE_BYTES}; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON`,
  );
  return database;
}

/** Brings the layout from the version that the file has to the newest one, all of it or nothing. */
export function createLayout(database: DatabaseSync): void {
  const version = readPragma(database, 'user_version');
  if (version === LAYOUT_VERSION && readPragma(database, 'application_id') === APPLICATION_ID) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const sql of MIGRATIONS.slice(version)) database.exec(sql);
    database.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${LAYOUT_VERSION}`);
    const { crc, value } = sealRow('layout', { version: LAYOUT_VERSION });
    database.prepare('INSERT OR REPLACE INTO state (name, crc, value) VALUES (?, ?, ?)').run('layout', crc, value);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

export function readPragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
