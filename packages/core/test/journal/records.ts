import {
  EventRecord,
  type JournalCursor,
  type JournalObserver,
  type Overrun,
  type PositionRange,
} from '../../src/index.js';

/** What each of the {@link records} takes in a journal in memory: its text and 256. */
export const RECORD_BYTES = 1_000;

/** Records with the ids `e<first>` and on, of {@link RECORD_BYTES} each. */
export function records(count: number, first = 1): EventRecord[] {
  return Array.from({ length: count }, (_, index) => record(`e${first + index}`));
}

function record(id: string): EventRecord {
  const event = {
    id,
    type: 'grant.revoked',
    createdAt: '2026-03-01T12:00:00.000Z',
    data: { grantId: '', cascade: false },
  };
  event.data.grantId = 'g'.repeat(RECORD_BYTES - 256 - JSON.stringify(event).length);
  return new EventRecord(id, JSON.stringify(event));
}

export function idsOf(read: readonly EventRecord[]): string[] {
  return read.map(({ id }) => id);
}

/** `e<first>` … `e<last>` */
export function ids(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `e${first + index}`);
}

/** Settles these positions, one by one or as one range. */
export async function settle(cursor: JournalCursor, ...settled: PositionRange[]): Promise<void> {
  await cursor.commit({ settled });
}

/** Reads everything there is and settles it. */
export async function readAndSettle(cursor: JournalCursor, count = Infinity): Promise<string[]> {
  const read = await cursor.read(count);
  await cursor.commit({ settled: read.map(({ position }) => [position, position] as const) });
  return idsOf(read);
}

/** Keeps what the journal tells. */
export class RecordingObserver implements JournalObserver {
  readonly overruns: { overrun: Overrun; started: boolean }[] = [];
  readonly fillings: { percent: number; slowest: string; msLeft: number | undefined }[] = [];

  onOverrun(overrun: Overrun, started: boolean): void {
    this.overruns.push({ overrun, started });
  }

  onFilling(percent: number, slowest: string, msLeft: number | undefined): void {
    this.fillings.push({ percent, slowest, msLeft });
  }
}

/** Options of a cursor that nobody has to be told about. */
export const QUIET = { onReadable: () => {} };
