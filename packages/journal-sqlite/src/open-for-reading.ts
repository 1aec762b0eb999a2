import { GrantexError } from '@grantex/core';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { unsealRow } from './checked-row.js';
import { APPLICATION_ID, LAYOUT_VERSION } from './layout.js';
import { readPragma } from './make-database.js';
import { isDamage, isForbidden } from './sqlite-error.js';

/** Milliseconds for which a writer that mends or truncates the log is waited for. */
const BUSY_MS = 5_000;

/** Opens a journal's file to be read only. Throws `JOURNAL_UNUSABLE` when there is none, or it is something else. */
export function openForReading(path: string): DatabaseSync {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new GrantexError('JOURNAL_UNUSABLE', `${path}: there is no such file`);
  }
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MS });
    refuseOthers(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw tellReadError(error, path);
  }
}

/** What SQLite says of a file that cannot be read, as an error of ours; other errors as they are. */
export function tellReadError(error: unknown, path: string): unknown {
  if (error instanceof GrantexError) return error;
  const [cause, code] = [error, 'JOURNAL_UNUSABLE' as const];
  if (isForbidden(error)) {
    // SQLite needs the log beside the file even to read.
    return new GrantexError(code, `${path} cannot be opened: look at the owner and mode of it and its folder`, {
      cause,
    });
  }
  if (isDamage(error)) {
    const advice = 'whoever opens the journal to write saves what can be read';
    return new GrantexError(code, `${path} is no journal, or a damaged one; ${advice}`, { cause });
  }
  return error;
}

function refuseOthers(database: DatabaseSync, path: string): void {
  if (readPragma(database, 'application_id') !== APPLICATION_ID) {
    throw new GrantexError('JOURNAL_UNUSABLE', `${path} is no journal`);
  }
  const version = readLayoutVersion(database);
  if (version <= LAYOUT_VERSION) return;
  throw new GrantexError(
    'JOURNAL_UNUSABLE',
    `${path} was written by a later version of this software (layout ${version}, this one knows ${LAYOUT_VERSION}): update it`,
  );
}

/** The header's number has no checksum: a larger one has to be confirmed. */
export function readLayoutVersion(database: DatabaseSync): number {
  const version = readPragma(database, 'user_version');
  if (version <= LAYOUT_VERSION) return version;
  const row = database.prepare(`SELECT crc, value FROM state WHERE name = 'layout'`).get();
  return unsealRow<{ readonly version: number }>('layout', row)?.version ?? version;
}
