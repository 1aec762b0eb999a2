import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { unsealRow } from './checked-row.js';
import { decodeIds } from './group-row.js';
import { PAGE_BYTES, TABLES } from './layout.js';
import { createLayout, makeFile } from './make-database.js';

type Row = Readonly<Record<string, string | number | null>>;

/** Rows that cannot be read are passed over in leaps; a table with more of them than this is given up. */
const MAX_FAILURES = 10_000;

/**
 * Brings what can be read of a damaged journal into a new file in its place. The damaged one stays beside it, as
 * `<path>-damaged-<time>`, which is returned.
 */
export function salvage(path: string, now: number): string {
  const target = `${path}-salvage`;
  const source = `${path}-salvage-source`;
  removeDatabase(target);
  const made = makeFile(target);
  createLayout(made);
  made.close();
  // A file that is missing or empty may have all its content in the log.
  if (!existsSync(path)) closeSync(openSync(path, 'w', 0o600));
  copyRows(path, target, source);
  const damaged = `${path}-damaged-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`;
  // The log first: it must never stand beside a database that it does not belong to.
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${damaged}-wal`);
  rmSync(`${path}-shm`, { force: true });
  renameSync(path, damaged);
  renameSync(target, path);
  return damaged;
}

/** A salvage that ended between its last steps is completed. */
export function completeSalvage(path: string): void {
  if (!existsSync(path) && !existsSync(`${path}-wal`) && existsSync(`${path}-salvage`)) {
    renameSync(`${path}-salvage`, path);
  }
}

function removeDatabase(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
}

/** Reads a copy, since opening a database may change it: once as it is, and once more with a new first page. */
function copyRows(path: string, targetPath: string, copy: string): void {
  const target = new DatabaseSync(targetPath);
  target.exec('PRAGMA journal_mode=MEMORY; PRAGMA synchronous=FULL; BEGIN IMMEDIATE');
  for (const mend of [() => {}, () => mendFirstPage(copy, targetPath)]) {
    removeDatabase(copy);
    copyFileSync(path, copy);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`);
    mend();
    if (copyFrom(copy, target)) break;
  }
  removeDatabase(copy);
  target.exec('COMMIT');
  target.close();
}

/** Returns false when the file's first page, with the names of the tables, was of no use. */
function copyFrom(path: string, target: DatabaseSync): boolean {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(path);
    for (const [table, columns] of Object.entries(TABLES)) {
      // Throws when the schema is not ours. Reads no row.
      source.prepare(`SELECT ${columns.join(', ')} FROM ${table} LIMIT 0`).all();
    }
  } catch {
    if (source?.isOpen === true) source.close();
    return false;
  }
  for (const [table, columns] of Object.entries(TABLES)) {
    const places = columns.map(() => '?').join(', ');
    const insert = target.prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
    for (const row of readableRows(source, table, columns)) {
      if (isWhole(columns, row)) insert.run(...columns.map((column) => row[column] ?? null));
    }
  }
  source.close();
  return true;
}

/** Whether it is as it was written. Of groups the texts may be damaged: their ids tell what is lost. */
function isWhole(columns: readonly string[], row: Row): boolean {
  const key = row[columns[0] ?? ''];
  return columns.includes('ids') ? decodeIds(row) !== undefined : unsealRow(key, row) !== undefined;
}

/** All rows that can be read, those around a broken page included. Some may come twice. */
function* readableRows(source: DatabaseSync, table: string, columns: readonly string[]): Generator<Row> {
  const [key = ''] = columns;
  const list = columns.join(', ');
  const up = source.prepare(`SELECT ${list} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT 1`);
  const down = source.prepare(`SELECT ${list} FROM ${table} WHERE ${key} < ? ORDER BY ${key} DESC LIMIT 1`);
  const isNumbered = key !== 'name';
  let reached: string | number = isNumbered ? -1 : '';
  let [from, step, failures]: [string | number, number, number] = [reached, 1, 0];
  while (failures < MAX_FAILURES) {
    let row: Row | undefined;
    try {
      row = up.get(from) as Row | undefined;
    } catch {
      failures++;
      if (typeof from === 'string' || from + step > Number.MAX_SAFE_INTEGER) break;
      from += step;
      step *= 2;
      continue;
    }
    const found = row?.[key];
    if (row === undefined || found === undefined || found === null || found <= from) break;
    yield row;
    if (step > 1) yield* downTo(down, key, found, reached);
    [reached, from, step] = [found, found, 1];
  }
  if (failures > 0) yield* downTo(down, key, isNumbered ? Number.MAX_SAFE_INTEGER : '\u{10FFFF}', reached);
}

/** From `before` downwards, until a row cannot be read or `reached` is. */
function* downTo(
  down: ReturnType<DatabaseSync['prepare']>,
  key: string,
  before: string | number,
  reached: string | number,
): Generator<Row> {
  for (let next = before; ;) {
    let row: Row | undefined;
    try {
      row = down.get(next) as Row | undefined;
    } catch {
      return; // The broken place, from the other side.
    }
    const found = row?.[key];
    if (row === undefined || found === undefined || found === null || found <= reached || found >= next) return;
    yield row;
    next = found;
  }
}

/**
 * Puts the first page of an empty journal into the file. All journals of one layout have the same tables in the same
 * places, so only the number of pages differs.
 */
function mendFirstPage(path: string, emptyJournal: string): void {
  const page = Buffer.alloc(PAGE_BYTES);
  const empty = openSync(emptyJournal, 'r');
  readSync(empty, page, 0, PAGE_BYTES, 0);
  closeSync(empty);
  page.writeUInt16BE(0x0202, 18); // Written with a log.
  page.writeUInt32BE(Math.max(1, Math.floor(statSync(path).size / PAGE_BYTES)), 28);
  page.writeBigUInt64BE(0n, 32); // No free pages: nothing is written.
  const file = openSync(path, 'r+');
  writeSync(file, page, 0, PAGE_BYTES, 0);
  closeSync(file);
}
