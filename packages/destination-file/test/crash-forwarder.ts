// The process that is killed: the real source, the real journal on a disk, real files. It runs what was built.
import { EventSource, GrantexError } from '@grantex/core';
// This package does not depend on the journal's, hence the path.
import { SqliteJournal } from '../../journal-sqlite/dist/index.js';
import { FileDestination, type FileDestinationOptions } from '../dist/index.js';

/** What the parent gives. */
export interface CrashSettings {
  readonly url: string;
  readonly key: string;
  readonly journal: string;
  readonly destination: FileDestinationOptions;
}

/** What the parent is told. */
export interface CrashStatus {
  /** Events that are in the journal and not settled. */
  readonly lag: number;
  readonly delivered: number;
}

const STATUS_MS = 10;

// Ends with the process that started it, however that one ends.
process.on('disconnect', () => process.exit(1));

const { url, key, journal, destination } = JSON.parse(process.argv[2] ?? '') as CrashSettings;
const file = new FileDestination(destination);
const source = new EventSource({ url, apiKey: key, journal: new SqliteJournal({ path: journal }) });
source.addDestination(file);
setInterval(() => {
  const status = statusNow();
  if (status !== undefined) process.send?.(status);
}, STATUS_MS);
await source.start();

/** Undefined while the journal is not open. */
function statusNow(): CrashStatus | undefined {
  try {
    const { lag = 0, delivered = 0 } = source.stats().destinations[file.name] ?? {};
    return { lag, delivered };
  } catch (error) {
    if (error instanceof GrantexError && error.code === 'JOURNAL_CLOSED') return undefined;
    throw error;
  }
}
