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
import type { Commit, Mark, Operation } from './operation.ts';
import { ScriptClock } from './script-clock.ts';
import type { RunSettings } from './settings.ts';
import { SqliteJournal } from './sqlite.ts';

const CURSORS = ['a', 'b'] as const;
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

/** Uses a journal at random as an event source with two destinations does, and says of each operation when it is done. */
export class Script {
  readonly #settings: RunSettings;
  readonly #say: (mark: Mark) => void;
  readonly #chance: Chance;
  readonly #clock = new ScriptClock();
  readonly #readers = new Map<string, Reader>();
  #journal: SqliteJournal;
  #letters: number[] = [];
  #lastLetter = 0;
  #head = 0;

  constructor(settings: RunSettings, say: (mark: Mark) => void) {
    this.#settings = settings;
    this.#say = say;
    this.#chance = new Chance(settings.seed ^ 0x5ca1ab1e);
    this.#journal = this.#make();
  }

  async run(): Promise<void> {
    await this.#journal.open(SILENT);
    await this.#openCursors();
    for (let step = 0; step < this.#settings.steps; step++) {
      this.#clock.advance(this.#chance.between(0, 800));
      await this.#step();
    }
    await this.#journal.close();
  }

  #make(): SqliteJournal {
    const { path, maxBytes, retainMs } = this.#settings;
    return new SqliteJournal({ path, maxBytes, retainMs, clock: this.#clock });
  }

  async #do(operation: Operation, work: () => Promise<unknown>): Promise<void> {
    this.#say({ asked: operation });
    await work();
    const overrun: Record<string, number> = {};
    for (const { destination, count } of this.#journal.stats().overruns) {
      overrun[destination] = (overrun[destination] ?? 0) + count;
    }
    this.#say({ done: true, overrun });
  }

  async #step(): Promise<void> {
    const kind = this.#chance.next();
    if (kind < 0.45) return this.#append();
    if (kind < 0.9) return this.#deliver();
    if (kind < 0.93) return this.#noteHeard();
    if (kind < 0.95) return this.#addFrame();
    if (kind < 0.97) return this.#removeLetters();
    if (kind < 0.985) return this.#recordGap();
    return this.#reopen();
  }

  async #append(): Promise<void> {
    const chance = this.#chance;
    const count = chance.is(0.7) ? chance.between(1, 8) : chance.between(1, 40);
    const first = this.#head + 1;
    const last = this.#head + count;
    const records = Array.from({ length: count }, (_, index) => {
      return new EventRecord(`e${first + index}`, eventText(this.#settings.seed, first + index));
    });
    const heardUntil = this.#clock.now();
    await this.#do({ kind: 'append', first, last, heardUntil }, () => this.#journal.append(records, heardUntil));
    this.#head = last;
  }

  /** Reads, and does something with what was read before. */
  async #deliver(): Promise<void> {
    const chance = this.#chance;
    const reader = this.#readers.get(chance.of(CURSORS));
    if (reader === undefined) return;
    for (const { position } of await reader.cursor.read(chance.between(1, 60))) reader.hand.push(position);
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
    const givenUp = this.#letters.length < LETTERS ? members.filter(() => chance.is(0.02)).slice(0, 2) : [];
    await this.#commit(reader, { cursor: reader.cursor.name, settled: rangesOf(members), givenUp });
  }

  /** A part of what is in hand, mostly from its beginning: batches overtake one another. */
  #take(reader: Reader): number[] {
    const { hand } = reader;
    const from = this.#chance.is(0.7) ? 0 : this.#chance.between(0, Math.max(hand.length - 1, 0));
    return hand.splice(from, this.#chance.between(1, 80));
  }

  async #moveBatch(reader: Reader, batch: OpenBatch): Promise<void> {
    const { name } = reader.cursor;
    if (this.#chance.is(0.4)) {
      const open = { ...batch, state: `part ${this.#chance.between(1, 1_000_000)}` };
      reader.batches.set(batch.id, open);
      return this.#commit(reader, { cursor: name, settled: [], open });
    }
    reader.batches.delete(batch.id);
    await this.#commit(reader, { cursor: name, settled: batch.ranges, close: batch.id });
  }

  async #commit({ cursor }: Reader, commit: Commit): Promise<void> {
    const { settled, givenUp = [], open, close } = commit;
    const deadLetters: NewDeadLetter[] = givenUp.map((position) => {
      return givenUpLetter(cursor.name, position, eventText(this.#settings.seed, position));
    });
    await this.#do({ kind: 'commit', ...commit }, () => {
      return cursor.commit({ settled, deadLetters, ...(open && { open }), ...(close !== undefined && { close }) });
    });
    for (const _ of givenUp) this.#letters.push(++this.#lastLetter);
  }

  async #noteHeard(): Promise<void> {
    const heardUntil = this.#clock.now();
    await this.#do({ kind: 'heard', heardUntil }, () => this.#journal.noteHeard(heardUntil));
  }

  async #addFrame(): Promise<void> {
    if (this.#letters.length >= LETTERS) return this.#removeLetters();
    const text = `no event ${this.#chance.between(1, 1_000_000)}`;
    await this.#do({ kind: 'frame', text }, () => {
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
    this.#letters.push(++this.#lastLetter);
  }

  async #removeLetters(): Promise<void> {
    const numbers = this.#letters.filter(() => this.#chance.is(0.6));
    if (numbers.length === 0) return;
    await this.#do({ kind: 'remove', numbers }, () => this.#journal.deadLetters.remove(numbers));
    this.#letters = this.#letters.filter((number) => !numbers.includes(number));
  }

  async #recordGap(): Promise<void> {
    const to = this.#clock.now();
    const gap = { from: to - this.#chance.between(1, 10_000), to, cause: 'a test' };
    await this.#do({ kind: 'gap', gap }, () => this.#journal.recordGap(gap));
  }

  /** Closing writes the log back and deletes it. */
  async #reopen(): Promise<void> {
    await this.#do({ kind: 'reopen' }, async () => {
      await this.#journal.close();
      this.#journal = this.#make();
      await this.#journal.open(SILENT);
    });
    await this.#openCursors();
  }

  async #openCursors(): Promise<void> {
    for (const name of CURSORS) {
      await this.#do({ kind: 'cursor', cursor: name }, async () => {
        const cursor = await this.#journal.openCursor(name, { from: 'oldest', onReadable: () => {} });
        const batches = new Map(cursor.openBatches.map((batch) => [batch.id, batch]));
        this.#readers.set(name, { cursor, hand: [], batches });
      });
    }
  }
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
