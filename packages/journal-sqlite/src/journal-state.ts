import { sealRow, unsealRow } from './checked-row.js';
import type { JournalDatabase } from './journal-database.js';

/** What the journal knows beside events, cursors and dead letters. */
interface StateValues {
  /** The newest position, and up to when the stream was heard. */
  readonly progress: { readonly head: number; readonly heardUntil?: number };
  /** Positions that are not held any more: all below, and these ranges. */
  readonly gone: { readonly below: number; readonly ranges: readonly (readonly [number, number])[] };
  /** The last number that a dead letter got. */
  readonly deadLetters: { readonly lastNumber: number };
  /** The version of the layout, once more: that in the file's header has no checksum. */
  readonly layout: { readonly version: number };
}

const READ = 'SELECT crc, value FROM state WHERE name = ?';
const WRITE =
  'INSERT INTO state (name, crc, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET crc = excluded.crc, value = excluded.value';

/** Undefined when it was never written, or is damaged. */
export function readState<Name extends keyof StateValues>(
  database: JournalDatabase,
  name: Name,
): StateValues[Name] | undefined {
  return unsealRow<StateValues[Name]>(name, database.statement(READ).get(name));
}

export function writeState<Name extends keyof StateValues>(
  database: JournalDatabase,
  name: Name,
  value: StateValues[Name],
): void {
  const { crc, value: json } = sealRow(name, value);
  database.statement(WRITE).run(name, crc, json);
}
