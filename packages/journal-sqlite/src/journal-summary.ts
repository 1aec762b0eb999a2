import type { Gap, Overrun } from '@grantex/core';
import { unsealRow } from './checked-row.js';
import type { JournalDatabase } from './journal-database.js';
import { readState } from './journal-state.js';
import { loadJournal } from './load-journal.js';

const NEWEST = 'SELECT at FROM groups ORDER BY first DESC LIMIT 1';
const OLDEST = 'SELECT at FROM groups ORDER BY first LIMIT 1';
const CURSORS = 'SELECT name AS number, crc, value FROM cursors';
const LETTERS = 'SELECT number, crc, value FROM dead_letters ORDER BY number';
const GAPS = 'SELECT number, crc, value FROM gaps ORDER BY number';
const OVERRUNS = 'SELECT number, crc, value FROM overruns ORDER BY number';

/** What a journal is and holds, its events apart. Times are milliseconds of the Unix epoch. */
export interface JournalSummary {
  readonly layoutVersion: number;
  /** Events kept, settled ones included. */
  readonly events: number;
  /** The position of the newest event; 0 when there was none yet. */
  readonly head: number;
  /** When the oldest and the newest event that are kept were appended. */
  readonly oldestAt: number | undefined;
  readonly newestAt: number | undefined;
  readonly heardUntil: number | undefined;
  /** Bytes in use, beyond those of an empty journal: what its limit is about. */
  readonly bytes: number;
  readonly cursors: readonly CursorSummary[];
  /** By destination; `stream` for frames that are no events. */
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly gaps: readonly Gap[];
  readonly overruns: readonly Overrun[];
  /** Rows among these that do not match their checksums. */
  readonly damagedRows: number;
}

/** What waits for one destination. */
export interface CursorSummary {
  readonly name: string;
  /** Events that are not settled. */
  readonly lag: number;
  readonly openBatches: number;
}

/** To be called within a transaction. */
export function summarize(database: JournalDatabase, layoutVersion: number): JournalSummary {
  const { head, gone, cursors } = loadJournal(database, []);
  const [deadLetters, gaps, overruns]: [Record<string, number>, Gap[], Overrun[]] = [{}, [], []];
  const damagedRows =
    readSealed<unknown>(database, CURSORS, () => {}) +
    readSealed<Gap>(database, GAPS, (gap) => gaps.push(gap)) +
    readSealed<Overrun>(database, OVERRUNS, (overrun) => overruns.push(overrun)) +
    readSealed<{ readonly destination: string }>(database, LETTERS, ({ destination }) => {
      deadLetters[destination] = (deadLetters[destination] ?? 0) + 1;
    });
  return {
    layoutVersion,
    events: gone.countUnsettled(head),
    head,
    oldestAt: readTime(database, OLDEST),
    newestAt: readTime(database, NEWEST),
    heardUntil: readState(database, 'progress')?.heardUntil,
    bytes: database.usedBytes,
    cursors: cursors.map(({ name, progress }) => ({
      name,
      lag: progress.lag(head),
      openBatches: progress.openBatches.length,
    })),
    deadLetters,
    gaps,
    overruns,
    damagedRows,
  };
}

/** One row at a time. Returns how many of them are damaged. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- What is stored in a table is known to the caller.
function readSealed<Value>(database: JournalDatabase, sql: string, use: (value: Value) => unknown): number {
  let damaged = 0;
  for (const row of database.statement(sql).iterate()) {
    const value = unsealRow<Value>(row['number'], row);
    if (value === undefined) damaged++;
    else use(value);
  }
  return damaged;
}

function readTime(database: JournalDatabase, sql: string): number | undefined {
  const at = database.statement(sql).get()?.['at'];
  return at === undefined ? undefined : Number(at);
}
