import {
  EventRecord,
  type DeadLetter,
  type Gap,
  type JournalObserver,
  type Logger,
  type OpenBatch,
} from '@grantex/core';
import { eventText } from './event-text.ts';
import { ScriptClock } from './script-clock.ts';
import type { RunSettings } from './settings.ts';
import { SqliteJournal } from './sqlite.ts';

export interface FoundCursor {
  readonly name: string;
  /** Events that a reader gets, and those of its open batches. */
  readonly events: readonly EventRecord[];
  readonly open: readonly OpenBatch[];
  readonly lag: number;
  readonly overrun: number;
}

/** What a journal says of itself after a power cut. */
export interface FoundJournal {
  readonly head: number;
  readonly heardUntil: number | undefined;
  readonly recentIds: readonly string[];
  readonly cursors: readonly FoundCursor[];
  readonly letters: readonly DeadLetter[];
  readonly gaps: readonly Gap[];
  readonly lost: number;
  /** The position that the next event got. */
  readonly nextPosition: number;
  /** What it logged as errors: it believes that its file was damaged. */
  readonly complaints: readonly string[];
}

const SILENT: JournalObserver = { onOverrun: () => {}, onFilling: () => {} };

/** Opens the journal as a new process would, and reads everything that a user can. Rejects when it cannot be opened. */
export async function findJournal(settings: RunSettings, cursorNames: readonly string[]): Promise<FoundJournal> {
  const { path, maxBytes, retainMs } = settings;
  const complaints: string[] = [];
  const logger: Logger = { debug() {}, info() {}, warn() {}, error: (message) => complaints.push(message) };
  const journal = new SqliteJournal({ path, maxBytes, retainMs, clock: new ScriptClock(), logger });
  const { recentIds, heardUntil } = await journal.open(SILENT);
  try {
    const { head, gaps, overruns } = journal.stats();
    const cursors: FoundCursor[] = [];
    for (const name of cursorNames) {
      const cursor = await journal.openCursor(name, { onReadable: () => {} });
      const open = cursor.openBatches;
      const events = [...(await cursor.readRanges(open.flatMap(({ ranges }) => ranges)))];
      for (let read = await cursor.read(1_000); read.length > 0; read = await cursor.read(1_000)) events.push(...read);
      const overrun = overruns.reduce((sum, { destination, count }) => sum + (destination === name ? count : 0), 0);
      cursors.push({ name, events, open, lag: cursor.lag, overrun });
    }
    const letters = await journal.deadLetters.list({ limit: 1_000 });
    const next = new EventRecord(`e${head + 1}`, eventText(settings, head + 1));
    await journal.append([next]);
    const { lost } = journal.stats();
    return { head, heardUntil, recentIds, cursors, letters, gaps, lost, nextPosition: next.position, complaints };
  } finally {
    await journal.close();
  }
}
