// The process that is killed: the real source, the real journal on a disk, real uploads. It runs what was built.
import { EventSource, GrantexError } from '@grantex/core';
// This package does not depend on the journal's, hence the path.
import { SqliteJournal } from '../../journal-sqlite/dist/index.js';
import { S3Destination, type S3Options } from '../dist/index.js';

/** What the parent gives. */
export interface CrashSettings {
  readonly url: string;
  readonly key: string;
  readonly journal: string;
  readonly destination: S3Options;
}

/** What the parent is told. */
export interface CrashStatus {
  /** Events that are in the journal and not settled. */
  readonly lag: number;
}

const STATUS_MS = 10;

// Ends with the process that started it, however that one ends.
process.on('disconnect', () => process.exit(1));

const { url, key, journal, destination } = JSON.parse(process.argv[2] ?? '') as CrashSettings;
const s3 = new S3Destination(destination);
const source = new EventSource({ url, apiKey: key, journal: new SqliteJournal({ path: journal }) });
source.addDestination(s3);
setInterval(() => {
  const lag = lagNow();
  if (lag !== undefined) process.send?.({ lag } satisfies CrashStatus);
}, STATUS_MS);
await source.start();

/** Undefined while the journal is not open. */
function lagNow(): number | undefined {
  try {
    return source.stats().destinations[s3.name]?.lag;
  } catch (error) {
    if (error instanceof GrantexError && error.code === 'JOURNAL_CLOSED') return undefined;
    throw error;
  }
}
