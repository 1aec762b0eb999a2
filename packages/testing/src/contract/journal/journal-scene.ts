import {
  EventRecord,
  type CursorOptions,
  type Journal,
  type JournalCursor,
  type JournalObserver,
  type NewDeadLetter,
  type Overrun,
  type PositionRange,
  type Remembered,
} from '@grantex/core';
import { ok } from 'node:assert/strict';
import { ManualClock } from '../../manual-clock.js';
import { Passage } from '../passage.js';
import type { JournalSubject, JournalSubjectOptions, JournalSubjectSetup } from './journal-subject.js';

/** Characters of every event's text. */
const TEXT_LENGTH = 1_000;
/** Time does not pass while a journal is waited for: what it waits for itself is moved by hand. */
const NO_TIME = 0;

/** Keeps what a journal tells. */
export class JournalNotes implements JournalObserver {
  readonly overruns: { readonly overrun: Overrun; readonly started: boolean }[] = [];
  readonly fillings: { readonly percent: number; readonly slowest: string }[] = [];

  onOverrun(overrun: Overrun, started: boolean): void {
    this.overruns.push({ overrun, started });
  }

  onFilling(percent: number, slowest: string): void {
    this.fillings.push({ percent, slowest });
  }
}

/** One test: a journal that is open, and a clock that stands still. */
export class JournalScene implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly subject: JournalSubject;
  readonly #options: JournalSubjectOptions;
  readonly #time: Passage;
  notes: JournalNotes = new JournalNotes();
  journal: Journal;
  /** What `open` resolved to. */
  remembered: Remembered = { recentIds: [] };
  #made = 0;
  #reached = 0;

  private constructor(
    subject: JournalSubject,
    journal: Journal,
    options: JournalSubjectOptions,
    clock: ManualClock,
    patienceMs: number,
  ) {
    this.subject = subject;
    this.journal = journal;
    this.#options = options;
    this.clock = clock;
    this.#time = new Passage(clock, { horizonMs: NO_TIME, patienceMs, progress: () => this.#reached });
  }

  static async open(
    setup: JournalSubjectSetup,
    { patienceMs, ...given }: Partial<JournalSubjectOptions> & { readonly patienceMs: number },
  ): Promise<JournalScene> {
    const clock = new ManualClock();
    const options: JournalSubjectOptions = {
      maxBytes: 10_000_000,
      whenFull: 'overrun',
      blockMs: 30_000,
      maxDeadLetters: 1_000,
      clock,
      ...given,
    };
    const subject = await setup();
    const scene = new JournalScene(subject, await subject.journal(options), options, clock, patienceMs);
    scene.remembered = await scene.journal.open(scene.notes);
    return scene;
  }

  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** So many further records, of some 1,000 bytes, with the ids `e1`, `e2` … */
  records(count: number): EventRecord[] {
    return Array.from({ length: count }, () => recordOf(`e${++this.#made}`));
  }

  /** Appends so many further records as one group, and returns their ids. */
  async append(count: number): Promise<string[]> {
    const records = this.records(count);
    await this.during('append() resolves', this.journal.append(records));
    this.#reached += count;
    return idsOf(records);
  }

  /** Appends so many further records, each as a group of its own. */
  async appendEach(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let left = count; left > 0; left--) ids.push(...(await this.append(1)));
    return ids;
  }

  cursor(name: string, options: Partial<CursorOptions> = {}): Promise<JournalCursor> {
    return this.journal.openCursor(name, { onReadable: () => {}, ...options });
  }

  /** The process dies, and another one opens what it left. */
  async crash(): Promise<void> {
    const journal = await this.subject.crash?.(this.#options);
    ok(journal, "this journal has no crash(); say so with without: ['durable']");
    this.notes = new JournalNotes();
    this.journal = journal;
    this.remembered = await this.journal.open(this.notes);
  }

  idle(): Promise<void> {
    return this.#time.idle();
  }

  still(what: string, holds: () => boolean): Promise<void> {
    return this.#time.still(what, holds);
  }

  during<Value>(what: string, promise: Promise<Value>): Promise<Value> {
    return this.#time.during(what, promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.journal.close();
    await this.subject[Symbol.asyncDispose]();
  }
}

function recordOf(id: string): EventRecord {
  const event = {
    id,
    type: 'grant.revoked',
    createdAt: '2026-03-01T12:00:00.000Z',
    data: { grantId: '', cascade: false },
  };
  event.data.grantId = 'g'.repeat(TEXT_LENGTH - JSON.stringify(event).length);
  return new EventRecord(id, JSON.stringify(event));
}

export function idsOf(records: readonly EventRecord[]): string[] {
  return records.map(({ id }) => id);
}

export function positionsOf(records: readonly EventRecord[]): number[] {
  return records.map(({ position }) => position);
}

/** Each of these positions as a range of its own. */
export function each(positions: readonly number[]): PositionRange[] {
  return positions.map((position) => [position, position] as const);
}

/** Reads everything, a few at a time. */
export async function readAll(cursor: JournalCursor, count = 7): Promise<EventRecord[]> {
  const all: EventRecord[] = [];
  for (;;) {
    const read = await cursor.read(count);
    if (read.length === 0) return all;
    all.push(...read);
  }
}

/** Reads everything and settles it; returns the ids. */
export async function readAndSettle(cursor: JournalCursor): Promise<string[]> {
  const read = await readAll(cursor);
  await cursor.commit({ settled: each(positionsOf(read)) });
  return idsOf(read);
}

/** A dead letter for this event. */
export function letterFor(eventId: string): NewDeadLetter {
  return {
    destination: 'subject',
    eventId,
    text: `{"id":"${eventId}"}`,
    code: 'DEST_REJECTED',
    reason: `not ${eventId}`,
    attempts: 2,
    firstAt: 1,
    lastAt: 2,
    statusCode: 400,
  };
}

/** A frame that is no event. */
export function frame(text: string): NewDeadLetter {
  return {
    destination: 'stream',
    text,
    code: 'NOT_AN_EVENT',
    reason: 'not JSON',
    attempts: 0,
    firstAt: 1,
    lastAt: 1,
  };
}
