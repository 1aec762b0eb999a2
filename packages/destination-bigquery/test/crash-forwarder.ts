// The process that is killed: the real source, the real journal on a disk, real appends. It runs what was built.
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSource, GrantexError, type Attempt, type Batch, type Verdict } from '@grantex/core';
// This package does not depend on the journal's, hence the path.
import { SqliteJournal } from '../../journal-sqlite/dist/index.js';
import { BigQueryDestination, type BigQueryOptions } from '../dist/index.js';

/** When this life ends: while a request is on its way, or when it is stored and not settled. */
export type Moment = 'on its way' | 'stored';

/** What the parent gives. */
export interface CrashSettings {
  readonly url: string;
  readonly key: string;
  readonly journal: string;
  readonly destination: BigQueryOptions;
  /** So many events have to be in the journal before the first request. */
  readonly waitFor?: number;
  readonly killAt?: { readonly request: number; readonly moment: Moment };
}

/** What the parent is told. */
export interface CrashStatus {
  /** Events that are in the journal and not settled. */
  readonly lag?: number;
  /** The place of a batch that is being sent. */
  readonly place?: string | undefined;
  /** The time to kill has come. */
  readonly isTime?: true;
}

const STATUS_MS = 10;

// Ends with the process that started it, however that one ends.
process.on('disconnect', () => process.exit(1));

const { url, key, journal, destination, waitFor, killAt } = JSON.parse(process.argv[2] ?? '') as CrashSettings;

class MortalDestination extends BigQueryDestination {
  #requests = 0;

  protected override async sendBatch(batch: Batch<string | Uint8Array>, attempt: Attempt): Promise<Verdict> {
    while (!isFilled()) await sleep(STATUS_MS);
    tell({ place: batch.state });
    const sending = super.sendBatch(batch, attempt);
    if (killAt?.moment === 'on its way' && ++this.#requests >= killAt.request) return endHere();
    const verdict = await sending;
    return killAt?.moment === 'stored' && ++this.#requests >= killAt.request ? endHere() : verdict;
  }
}

let hasBeenFilled = false;
const bigquery = new MortalDestination(destination);
const source = new EventSource({ url, apiKey: key, journal: new SqliteJournal({ path: journal }) });
source.addDestination(bigquery);
setInterval(() => {
  const lag = lagNow();
  if (lag !== undefined) tell({ lag });
}, STATUS_MS);
await source.start();

/** Whether the journal has had what is to be in it before the first request. */
function isFilled(): boolean {
  hasBeenFilled ||= waitFor === undefined || lagNow() === waitFor;
  return hasBeenFilled;
}

/** Goes no further: the parent kills. */
function endHere(): Promise<never> {
  tell({ isTime: true });
  return new Promise(() => {});
}

function tell(status: CrashStatus): void {
  process.send?.(status);
}

/** Undefined while the journal is not open. */
function lagNow(): number | undefined {
  try {
    return source.stats().destinations[bigquery.name]?.lag;
  } catch (error) {
    if (error instanceof GrantexError && error.code === 'JOURNAL_CLOSED') return undefined;
    throw error;
  }
}
