import { SettledPositions, type PositionRange } from '@grantex/core';
import { unsealRow } from './checked-row.js';
import { decodeGroup, decodeIds } from './group-row.js';
import type { JournalDatabase } from './journal-database.js';
import { TABLES } from './layout.js';
import { loadJournal } from './load-journal.js';
import { isDamage } from './sqlite-error.js';

/** How far a check of all rows has come. */
export interface VerifyProgress {
  readonly rowsRead: number;
  /** As many as there were when it began. */
  readonly rows: number;
}

/** What is not as it was written. */
export interface JournalDamage {
  readonly rowsRead: number;
  /** Rows that do not match their checksums, by table; only tables that have such rows. */
  readonly damagedRows: Readonly<Record<string, number>>;
  /** Events of damaged groups. */
  readonly damagedEvents: number;
  /** Positions of events that should be there, and are not. */
  readonly missing: readonly PositionRange[];
  /** What SQLite says of the file's structure; 20 lines at most. */
  readonly structure: readonly string[];
}

type Row = Readonly<Record<string, unknown>>;

/** Read at once: groups and dead letters may be large. */
const PIECE: Readonly<Record<string, number>> = { groups: 4, dead_letters: 16 };
const CHECKS: Readonly<Record<string, (row: Row) => boolean>> = {
  groups: (row) => decodeGroup(row) !== undefined,
  earlier_ids: (row) => decodeIds(row) !== undefined,
  receipts: (row) => unsealRow('', row) !== undefined,
};

/** Whether this is undamaged. */
export function isSound({ damagedRows, missing, structure }: JournalDamage): boolean {
  return Object.keys(damagedRows).length === 0 && missing.length === 0 && structure.length === 0;
}

/**
 * Reads every row and looks at its checksum, a few rows at a time, so that a process that writes is not held up. Yields
 * after each piece, and returns what it has found.
 */
export function* verifyJournal(database: JournalDatabase): Generator<VerifyProgress, JournalDamage> {
  const { head } = loadJournal(database, []);
  const rows = Object.keys(TABLES).reduce((sum, table) => sum + countRows(database, table), 0);
  const seen = new SettledPositions();
  const damagedRows: Record<string, number> = {};
  const structure: string[] = [];
  let [rowsRead, damagedEvents] = [0, 0];
  for (const table of Object.keys(TABLES)) {
    const isIntact = CHECKS[table] ?? ((row: Row) => unsealRow(keyOf(table, row), row) !== undefined);
    try {
      for (const piece of pieces(database, table)) {
        for (const row of piece) {
          if (table === 'groups') seen.add(Number(row['first']), Number(row['first']) + Number(row['count']) - 1);
          if (isIntact(row)) continue;
          damagedRows[table] = (damagedRows[table] ?? 0) + 1;
          if (table === 'groups') damagedEvents += Number(row['count']);
        }
        rowsRead += piece.length;
        yield { rowsRead, rows };
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      structure.push(`${table}: not all rows can be read`);
    }
  }
  structure.push(...checkStructure(database));
  return { rowsRead, damagedRows, damagedEvents, missing: missingOf(database, seen, head), structure };
}

function* pieces(database: JournalDatabase, table: string): Generator<readonly Row[]> {
  const [key, ...others] = TABLES[table] ?? [];
  // Names of tables and columns are constants of the program.
  const sql = `SELECT ${[key, ...others].join(', ')} FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ${PIECE[table] ?? 256}`;
  for (let after: string | number = key === 'name' ? '' : Number.MIN_SAFE_INTEGER; ;) {
    const piece = database.statement(sql).all(after);
    const last = piece.at(-1);
    if (last === undefined) return;
    after = keyOf(table, last);
    yield piece;
  }
}

function keyOf(table: string, row: Row): string | number {
  return row[TABLES[table]?.[0] ?? ''] as string | number;
}

function countRows(database: JournalDatabase, table: string): number {
  try {
    return Number(database.statement(`SELECT count(*) AS count FROM ${table}`).get()?.['count']);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return 0; // Told when its rows are read.
  }
}

function checkStructure(database: JournalDatabase): readonly string[] {
  try {
    const lines = database
      .statement('PRAGMA quick_check(19)')
      .all()
      .map((row) => String(row['quick_check']));
    return lines.filter((line) => line !== 'ok');
  } catch (error) {
    if (!isDamage(error)) throw error;
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Up to the head of the beginning. What was deleted meanwhile is known to be gone, since that is read last. */
function missingOf(database: JournalDatabase, seen: SettledPositions, head: number): readonly PositionRange[] {
  const { gone } = loadJournal(database, []);
  const accountedFor = gone.copy();
  if (seen.below > 1) accountedFor.add(1, seen.below - 1);
  for (const [first, last] of seen.ranges) accountedFor.add(first, last);
  return accountedFor.unsettledRanges(head);
}
