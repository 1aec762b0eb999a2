import type {
  Batch,
  CursorChange,
  CursorOptions,
  DeadLetters,
  EventRecord,
  Gap,
  Journal,
  JournalCursor,
  JournalObserver,
  JournalStats,
  OpenBatch,
  PositionRange,
  Remembered,
} from '@grantex/core';
import { accepted } from '@grantex/core';
import type { Send } from './simulated-destination.ts';

/** A defect put around the engine: what it would look like from outside if the engine had it. */
export interface PlantedFault {
  readonly wrapJournal?: (journal: Journal) => Journal;
  readonly wrapSend?: (send: Send) => Send;
}

/** A journal that does what the one behind it does, with other cursors. */
class FaultyJournal implements Journal {
  readonly #inner: Journal;
  readonly #wrap: (cursor: JournalCursor) => JournalCursor;

  constructor(inner: Journal, wrap: (cursor: JournalCursor) => JournalCursor) {
    this.#inner = inner;
    this.#wrap = wrap;
  }

  get deadLetters(): DeadLetters {
    return this.#inner.deadLetters;
  }

  open(observer: JournalObserver): Promise<Remembered> {
    return this.#inner.open(observer);
  }

  append(records: readonly EventRecord[], heardUntil?: number): Promise<void> {
    return this.#inner.append(records, heardUntil);
  }

  noteHeard(heardUntil: number): Promise<void> {
    return this.#inner.noteHeard(heardUntil);
  }

  async openCursor(name: string, options: CursorOptions): Promise<JournalCursor> {
    return this.#wrap(await this.#inner.openCursor(name, options));
  }

  dropCursor(name: string): Promise<number> {
    return this.#inner.dropCursor(name);
  }

  recordGap(gap: Gap): Promise<void> {
    return this.#inner.recordGap(gap);
  }

  stats(): JournalStats {
    return this.#inner.stats();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

class FaultyCursor implements JournalCursor {
  protected readonly inner: JournalCursor;

  constructor(inner: JournalCursor) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get openBatches(): readonly OpenBatch[] {
    return this.inner.openBatches;
  }

  get head(): number {
    return this.inner.head;
  }

  get settledBelow(): number {
    return this.inner.settledBelow;
  }

  get lag(): number {
    return this.inner.lag;
  }

  get unread(): number {
    return this.inner.unread;
  }

  read(count: number): Promise<readonly EventRecord[]> {
    return this.inner.read(count);
  }

  readRanges(ranges: readonly PositionRange[]): Promise<readonly EventRecord[]> {
    return this.inner.readRanges(ranges);
  }

  commit(change: CursorChange): Promise<void> {
    return this.inner.commit(change);
  }

  unsettledIds(): Promise<{ readonly first: string; readonly last: string } | undefined> {
    return this.inner.unsettledIds();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Moves the cursor when it reads, before any answer. */
class EarlyCursor extends FaultyCursor {
  override async read(count: number): Promise<readonly EventRecord[]> {
    const records = await super.read(count);
    const settled = records.map(({ position }) => [position, position] as const);
    if (settled.length > 0) await this.inner.commit({ settled });
    return records;
  }
}

/** Settles what was given up, and keeps no dead letter of it. */
class LossyCursor extends FaultyCursor {
  override async commit({ deadLetters: _lost, ...change }: CursorChange): Promise<void> {
    await super.commit(change);
  }
}

/** Does not store the cut of a batch before its first attempt. */
class ForgetfulCursor extends FaultyCursor {
  override async commit({ open: _forgotten, close: _unknown, ...change }: CursorChange): Promise<void> {
    await super.commit(change);
  }
}

/** Takes a passing failure for an answer. */
function dropRetries(send: Send): Send {
  return async (batch, attempt) => {
    const verdict = await send(batch, attempt);
    return verdict.outcome === 'refused' && verdict.code === 'DEST_UNAVAILABLE' ? accepted() : verdict;
  };
}

function placeOf(batch: Batch<string>): string {
  return `${batch.id} ${batch.size}`;
}

/** After a batch was refused the second half goes before the first. */
function swapHalves(send: Send): Send {
  const swapped = new Map<string, Batch<string>>();
  return async (batch, attempt) => {
    const sent = swapped.get(placeOf(batch)) ?? batch;
    const verdict = await send(sent, attempt);
    const isHalved =
      verdict.outcome === 'refused' && (verdict.code === 'DEST_REJECTED' || verdict.code === 'DEST_TOO_LARGE');
    if (isHalved && batch.size > 1) {
      const [first, second] = batch.halves();
      swapped.set(placeOf(first), second);
      swapped.set(placeOf(second), first);
    }
    return verdict;
  };
}

/** The faults that prove the oracle, by name. */
export const PLANTED_FAULTS: ReadonlyMap<string, PlantedFault> = new Map([
  ['early-cursor', { wrapJournal: (journal: Journal) => new FaultyJournal(journal, (each) => new EarlyCursor(each)) }],
  ['dropped-retry', { wrapSend: dropRetries }],
  [
    'lost-rejection',
    { wrapJournal: (journal: Journal) => new FaultyJournal(journal, (each) => new LossyCursor(each)) },
  ],
  ['swapped-halves', { wrapSend: swapHalves }],
  [
    'forgotten-batch',
    { wrapJournal: (journal: Journal) => new FaultyJournal(journal, (each) => new ForgetfulCursor(each)) },
  ],
]);
