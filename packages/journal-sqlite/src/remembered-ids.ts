import { decodeIds } from './group-row.js';
import type { JournalDatabase } from './journal-database.js';

const GROUPS = 'SELECT first, count, at, ids_crc, ids FROM groups ORDER BY first DESC';
const EARLIER = 'SELECT first, count, at, ids_crc, ids FROM earlier_ids ORDER BY first DESC';

/** The ids that were appended last, also those of events that are deleted; oldest first, at most so many. */
export function readRecentIds(database: JournalDatabase, most: number): string[] {
  const rows: { readonly first: number; readonly ids: readonly string[] }[] = [];
  for (const sql of [GROUPS, EARLIER]) {
    let left = most;
    for (const row of database.statement(sql).iterate()) {
      const ids = decodeIds(row);
      if (ids !== undefined) rows.push({ first: Number(row['first']), ids });
      left -= ids?.length ?? 1;
      if (left <= 0) break;
    }
  }
  const ids = rows.toSorted((one, other) => one.first - other.first).flatMap((row) => row.ids);
  return ids.slice(-most);
}
