import {
  EventRecord,
  type JournalCursor,
  type JournalObserver,
  type NewDeadLetter,
  type OpenBatch,
  type PositionRange,
} from '@grantex/core';
import { Chance } from './chance.ts';
import { eventText } from './event-text.ts';
import { givenUpLetter } from './letter.ts';
import type { Commit, Mark, Operation, Overrun } from './operation.ts';
import { ScriptClock } from './script-clock.ts';
import type { RunSettings } from './settings.ts';
import { SqliteJournal } from './sqlite.ts';
import { UnderWay } from './under-way.ts';

const CURSORS = ['a', 'b'] as const;
/** Operations under way at most. */
const AT_ONCE = 12;
/** Dead letters kept at most: far from the bound, at which the journal would refuse. */
const LETTERS = 16;
const SILENT: JournalObserver = { onOverrun: () => {}, onFilling: () => {} };

/** A cursor as the script sees it. */
interface Reader {
  readonly cursor: JournalCursor;
  /** Positions that were read, and are neither settled nor in a batch. */
  hand: number[];
  readonly batches: Map<number, OpenBatch>;
}

/**
 * Uses a journal at random as an event source with two destinations does, and says of each operation what becomes of it. It
 * seldom waits for one before it begins the next, and never for a time: a seed's run is much the same each time.
 */
export class Script {
  readonly #settings: RunSettings;
  readonly #chance: Chance;
  readonly #clock = new ScriptClock();
  readonly #readers = new Map<string, Reader>();
  readonly #underWay: UnderWay;
  #journal: SqliteJournal;
  #head = 0;
  #atOnce = AT_ONCE;

  constructor(settings: RunSettings, say: (mark: Mark) => void) {
    this.#settings = settings;
    this.#chance = new Chance(settings.seed ^ 0x5ca1ab1e);
    this.#journal = this.#make();
    this.#underWay = new UnderWay(say, () => this.#overrun());
  }

  /** What the journal has neither done nor refused. */
  get underWay(): string {
    return this.#underWay.list;
  }

  async run(): Promise<void> {
    await this.#journal.open(SILENT);
    await this.#openCursors();
    for (let step = 0; step < this.#settings.steps; step++) {
      this.#clock.advance(this.#chance.between(0, 800));
      await this.#step();
      await this.#wait();
    }
    await this.#underWay.all();
    await this.#journal.close();
  }

  #make(): SqliteJournal {
    const { path, maxBytes, retainMs } = this.#settings;
    return new SqliteJournal({ path, maxBytes, retainMs, clock: this.#clock });
  }

  #overrun(): Overrun {
    const overrun: Record<string, number> = {};
    for (const { destination, count } of this.#journal.stats().overruns) {
      overrun[destination] = (overrun[destination] ?? 0) + count;
    }
    return overrun;
  }

  async #step(): Promise<void> {
    const kind = this.#chance.next();
    if (kind < 0.38) return this.#appendSome();
    if (kind < 0.86) return this.#deliver();
    if (kind < 0.89) return this.#noteHeard();
    if (kind < 0.925) return this.#addFrame();
    if (kind < 0.955) return this.#removeLetters();
    if (kind < 0.985) return this.#recordGap();
    return this.#reopen();
  }

  async #wait(): Promise<void> {
    const kind = this.#chance.next();
    if (kind < 0.05) return this.#underWay.all();
    if (kind < 0.15) return this.#underWay.oldest();
    if (this.#underWay.size < this.#atOnce) return kind < 0.7 ? afterOthers() : undefined;
    this.#atOnce = this.#chance.between(2, AT_ONCE);
    // Perhaps all of them wait for the thread that writes the log back: this does not.
    if (this.#chance.is(0.5)) this.#recordGap();
    return kind < 0.6 ? this.#underWay.all() : this.#underWay.oldest();
  }

  #begin(operation: Operation, work: () => Promise<unknown>): void {
    void this.#underWay.begin(operation, work);
  }

  #appendSome(): void {
    const appends = this.#chance.is(0.8) ? 1 : this.#chance.between(2, 4);
    for (let index = 0; index < appends; index++) this.#append();
  }

  #append(): void {
    const chance = this.#chance;
    const count = chance.is(0.7) ? chance.between(1, 8) : chance.between(1, 40);
    const first = this.#head + 1;
    const last = this.#head + count;
    const records = Array.from({ length: count }, (_, index) => {
      return new EventRecord(`e${first + index}`, eventText(this.#settings, first + index));
    });
    const heardUntil = this.#clock.now();
    this.#head = last;
    this.#begin({ kind: 'append', first, last, heardUntil }, () => this.#journal.append(records, heardUntil));
  }

  /** Reads, and does something with what was read before. */
  async #deliver(): Promise<void> {
    const chance = this.#chance;
    const reader = this.#readers.get(chance.of(CURSORS));
    if (reader === undefined) return;
    for (const { position } of await reader.cursor.read(chance.between(1, 80))) reader.hand.push(position);
    const [batch] = reader.batches.values();
    if (batch !== undefined && chance.is(0.3)) return this.#moveBatch(reader, batch);
    const members = this.#take(reader);
    const [id] = members;
    if (id === undefined) return;
    if (chance.is(0.15)) {
      const open: OpenBatch = { id, ranges: rangesOf(members), state: `part ${chance.between(1, 1_000_000)}` };
      reader.batches.set(id, open);
      return this.#commit(reader, { cursor: reader.cursor.name, settled: [], open });
    }
    const givenUp = this.#journal.deadLetters.size < LETTERS ? members.filter(() => chance.is(0.02)).slice(0, 2) : [];
    this.#commit(reader, { cursor: reader.cursor.name, settled: rangesOf(members), givenUp });
  }

  /** A part of what is in hand, mostly from its beginning: batches overtake one another. */
  #take(reader: Reader): number[] {
    const { hand } = reader;
    const from = this.#chance.is(0.7) ? 0 : this.#chance.between(0, Math.max(hand.length - 1, 0));
    return hand.splice(from, this.#chance.between(1, 20));
  }

  #moveBatch(reader: Reader, batch: OpenBatch): void {
    const { name } = reader.cursor;
    if (this.#chance.is(0.4)) {
      const open = { ...batch, state: `part ${this.#chance.between(1, 1_000_000)}` };
      reader.batches.set(batch.id, open);
      return this.#commit(reader, { cursor: name, settled: [], open });
    }
    reader.batches.delete(batch.id);
    this.#commit(reader, { cursor: name, settled: batch.ranges, close: batch.id });
  }

  #commit({ cursor }: Reader, commit: Commit): void {
    const { settled, givenUp = [], open, close } = commit;
    const deadLetters: NewDeadLetter[] = givenUp.map((position) => {
      return givenUpLetter(cursor.name, position, eventText(this.#settings, position));
    });
    this.#begin({ kind: 'commit', ...commit }, () => {
      return cursor.commit({ settled, deadLetters, ...(open && { open }), ...(close !== undefined && { close }) });
    });
  }

  #noteHeard(): void {
    const heardUntil = this.#clock.now();
    this.#begin({ kind: 'heard', heardUntil }, () => this.#journal.noteHeard(heardUntil));
  }

  #addFrame(): Promise<void> | void {
    if (this.#journal.deadLetters.size >= LETTERS) return this.#removeLetters();
    const text = `no event ${this.#chance.between(1, 1_000_000)}`;
    this.#begin({ kind: 'frame', text }, () => {
      const now = this.#clock.now();
      return this.#journal.deadLetters.addFrame({
        destination: 'stream',
        text,
        code: 'NOT_AN_EVENT',
        reason: 'a test',
        attempts: 0,
        firstAt: now,
        lastAt: now,
      });
    });
  }

  async #removeLetters(): Promise<void> {
    const letters = await this.#journal.deadLetters.list({ limit: 10 * LETTERS });
    const numbers = letters.filter(() => this.#chance.is(0.6)).map(({ number }) => number);
    if (numbers.length === 0) return;
    this.#begin({ kind: 'remove', numbers }, () => this.#journal.deadLetters.remove(numbers));
  }

  #recordGap(): void {
    const to = this.#clock.now();
    const gap = { from: to - this.#chance.between(1, 10_000), to, cause: 'a test' };
    this.#begin({ kind: 'gap', gap }, () => this.#journal.recordGap(gap));
  }

  /** Closing writes the log back and deletes it. What is still under way is done, or refused. */
  async #reopen(): Promise<void> {
    if (this.#chance.is(0.5)) await this.#underWay.all();
    const others = this.#underWay.all();
    await this.#underWay.begin({ kind: 'reopen' }, async () => {
      await this.#journal.close();
      await others;
      this.#journal = this.#make();
      await this.#journal.open(SILENT);
    });
    this.#head = this.#journal.stats().head;
    await this.#openCursors();
  }

  async #openCursors(): Promise<void> {
    for (const name of CURSORS) {
      await this.#underWay.begin({ kind: 'cursor', cursor: name }, async () => {
        const cursor = await this.#journal.openCursor(name, { from: 'oldest', onReadable: () => {} });
        const batches = new Map(cursor.openBatches.map((batch) => [batch.id, batch]));
        this.#readers.set(name, { cursor, hand: [], batches });
      });
    }
  }
}

/** Whatever can go on without the disk has done so. */
async function afterOthers(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
}

function rangesOf(positions: readonly number[]): PositionRange[] {
  const ranges: [number, number][] = [];
  for (const position of positions) {
    const range = ranges.at(-1);
    if (range?.[1] === position - 1) range[1] = position;
    else ranges.push([position, position]);
  }
  return ranges;
}
