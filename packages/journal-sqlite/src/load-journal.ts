import { CursorProgress, OverrunLog, SettledPositions, type Overrun } from '@grantex/core';
import { decodeIds } from './group-row.js';
import type { JournalDatabase } from './journal-database.js';
import { readState } from './journal-state.js';
import { readProgress } from './sqlite-cursor.js';

/** Newest groups looked at for the newest position, should the first of them be damaged. */
const NEWEST = 'SELECT first, count, at, ids_crc, ids FROM groups ORDER BY first DESC LIMIT 1000';
const OLDEST = 'SELECT min(first) AS first FROM groups';
const EARLIER = 'SELECT first, count FROM earlier_ids ORDER BY first DESC LIMIT 1';
const CURSORS = 'SELECT name, crc, value FROM cursors';

export interface StoredJournal {
  readonly head: number;
  readonly heardUntil: number | undefined;
  readonly gone: SettledPositions;
  readonly cursors: readonly {
    readonly name: string;
    readonly progress: CursorProgress;
    readonly overruns: OverrunLog;
  }[];
  /** The progress of a cursor was damaged: it begins again at the oldest event. */
  readonly hasLostCursors: boolean;
}

/** Reads what the journal has to know, without reading its events. */
export function loadJournal(database: JournalDatabase, overruns: readonly Overrun[]): StoredJournal {
  const known = readState(database, 'progress');
  const oldest = Number(database.statement(OLDEST).get()?.['first'] ?? 0);
  const stored = readState(database, 'gone') ?? { below: Math.max(1, oldest), ranges: [] };
  const gone = new SettledPositions(stored.below, stored.ranges);
  let hasLostCursors = false;
  const cursors = database
    .statement(CURSORS)
    .all()
    .map((row) => {
      const name = String(row['name']);
      const progress = readProgress(row);
      hasLostCursors ||= progress === undefined;
      const own = overruns.filter(({ destination }) => destination === name);
      return { name, progress: progress ?? new CursorProgress(gone.copy()), overruns: new OverrunLog(name, own) };
    });
  // Whatever is known to have had a position: none is given twice.
  const head = Math.max(
    known?.head ?? 0,
    newestPosition(database),
    gone.end - 1,
    ...cursors.map(({ progress: { settled } }) => settled.ranges.at(-1)?.[1] ?? settled.below - 1),
  );
  return { head, heardUntil: known?.heardUntil, gone, cursors, hasLostCursors };
}

function newestPosition(database: JournalDatabase): number {
  const earlier = database.statement(EARLIER).get();
  const last = Number(earlier?.['first'] ?? 0) + Number(earlier?.['count'] ?? 1) - 1;
  for (const row of database.statement(NEWEST).iterate()) {
    const ids = decodeIds(row);
    if (ids !== undefined) return Math.max(last, Number(row['first']) + ids.length - 1);
  }
  return last;
}
