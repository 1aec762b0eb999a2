import { GrantexError } from '@grantex/core';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { unsealRow } from './checked-row.js';
import { APPLICATION_ID, LAYOUT_VERSION, PAGE_BYTES } from './layout.js';
import { createLayout, makeFile, readPragma } from './make-database.js';
import { completeSalvage, salvage } from './salvage.js';
import { isDamage } from './sqlite-error.js';

/**
 * Pages of the log from which on SQLite itself writes it back, in the main thread. Fewer bytes than the ballast has: when the
 * disk is full, letting the ballast go makes room for what the log adds to the database.
 */
const LONGEST_LOG_PAGES = 1_536;
const MAGIC = Buffer.from('SQLite format 3\0');

export interface OpenedDatabase {
  readonly database: DatabaseSync;
  /** Where the damaged file is, when it had to be salvaged. */
  readonly damagedPath?: string;
}

/**
 * Opens a journal's file, and makes or mends it where that is needed. Throws `JOURNAL_UNUSABLE` when it is no journal or
 * one of a later version. `wasJournal`: there are other signs that a journal was here, so a strange file is a damaged one.
 */
export function openDatabase(path: string, now: number, wasJournal: boolean): OpenedDatabase {
  completeSalvage(path);
  if (isBroken(path, wasJournal)) return openSalvaged(path, now);
  try {
    return { database: openSound(path) };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return openSalvaged(path, now);
  }
}

export function openSalvaged(path: string, now: number): OpenedDatabase {
  const damagedPath = salvage(path, now);
  return { database: openSound(path), damagedPath };
}

function openSound(path: string): DatabaseSync {
  const database = makeFile(path);
  try {
    refuseLater(database, path);
    database.exec('PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=16777216');
    database.exec(`PRAGMA wal_autocheckpoint=${LONGEST_LOG_PAGES}`);
    createLayout(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What the header of the file says, before SQLite looks at it. */
function isBroken(path: string, wasJournal: boolean): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return log > 0; // SQLite would throw the log away.
  const header = readHeader(path);
  const isOurs = header.readUInt32BE(68) === APPLICATION_ID;
  const hasMagic = header.subarray(0, MAGIC.length).equals(MAGIC);
  if (hasMagic && !isOurs && isOtherDatabase(path)) throw notAJournal(path);
  if (!hasMagic && !isOurs && !wasJournal && header.some((byte) => byte !== 0)) throw notAJournal(path);
  // A power cut while the log is written back may leave a part of a page at the end: the log still has all of it.
  const isWhole = size % PAGE_BYTES === 0 || log > 0;
  return !(hasMagic && isWhole && header.readUInt16BE(16) === PAGE_BYTES && header.readUInt16BE(18) <= 0x0202);
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

/** Another program's database, or one whose tables cannot be told. An empty one will do. */
function isOtherDatabase(path: string): boolean {
  const database = makeFile(path);
  try {
    const tables = database.prepare('SELECT name FROM sqlite_schema').all();
    return tables.length > 0 && !tables.some(({ name }) => name === 'earlier_ids');
  } catch (error) {
    if (isDamage(error)) return !existsSync(`${path}-ballast`);
    throw error;
  } finally {
    database.close();
  }
}

function refuseLater(database: DatabaseSync, path: string): void {
  const version = readPragma(database, 'user_version');
  if (version <= LAYOUT_VERSION) return;
  const row = database.prepare(`SELECT crc, value FROM state WHERE name = 'layout'`).get();
  const written = unsealRow<{ readonly version: number }>('layout', row)?.version ?? version;
  if (written > LAYOUT_VERSION) {
    throw new GrantexError(
      'JOURNAL_UNUSABLE',
      `${path} was written by a later version of this software (layout ${version}, this one knows ${LAYOUT_VERSION}): update it, or use another path`,
    );
  }
  database.exec(`PRAGMA user_version=${LAYOUT_VERSION}`); // The header is damaged, and nothing else.
}

function notAJournal(path: string): GrantexError {
  return new GrantexError('JOURNAL_UNUSABLE', `${path} is no journal: use another path, or move the file away`);
}
