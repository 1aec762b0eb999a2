import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JournalCursor } from '../../src/journal/journal.js';
import { MemoryJournal } from '../../src/journal/memory-journal.js';
import { QUIET, records } from '../journal/records.js';
import { CursorModel } from './cursor-model.js';
import { cursorSteps, type CursorStep } from './journal-arbitraries.js';

/** A cursor and its model, with everything that was read from both. */
class Trial {
  readonly model = new CursorModel();
  readonly read: (number | string)[] = [];
  readonly modelRead: (number | string)[] = [];
  readonly #journal: MemoryJournal;
  cursor: JournalCursor;

  private constructor(cursor: JournalCursor, journal: MemoryJournal) {
    this.cursor = cursor;
    this.#journal = journal;
  }

  static async begin(): Promise<Trial> {
    const journal = new MemoryJournal();
    return new Trial(await journal.openCursor('one', QUIET), journal);
  }

  async take(step: CursorStep): Promise<void> {
    const { model } = this;
    if (step.kind === 'append') {
      await this.#journal.append(records(step.count, model.head + 1));
      model.head += step.count;
    } else if (step.kind === 'read') {
      this.read.push('read', ...(await this.cursor.read(step.count)).map(({ position }) => position));
      this.modelRead.push('read', ...model.read(step.count));
    } else if (step.kind === 'reopen') {
      await this.cursor.close();
      model.reopen();
      this.cursor = await this.#journal.openCursor('one', QUIET);
    } else {
      const change = model.change(step);
      if (change !== undefined) await this.cursor.commit(change);
    }
  }

  async place() {
    const { cursor, read } = this;
    const { head, lag, settledBelow, openBatches } = cursor;
    const { unread } = cursor;
    return { read, head, lag, settledBelow, openBatches, unread, unsettledIds: await cursor.unsettledIds() };
  }

  modelPlace() {
    const { model, modelRead: read } = this;
    const { head, unsettled, openBatches } = model;
    const [first] = unsettled;
    return {
      read,
      head,
      lag: unsettled.length,
      settledBelow: first ?? head + 1,
      openBatches,
      unread: model.unread.length,
      unsettledIds: first === undefined ? undefined : { first: `e${first}`, last: `e${unsettled.at(-1)}` },
    };
  }
}

test('whatever is appended, read, settled, opened and closed, a cursor says what sets say', async () => {
  await fc.assert(
    fc.asyncProperty(cursorSteps, async (steps) => {
      const trial = await Trial.begin();
      for (const step of steps) {
        await trial.take(step);
        expect(await trial.place()).toEqual(trial.modelPlace());
      }
    }),
    { numRuns: 200 },
  );
});

test('a reader that comes later gets exactly what is not settled: the open batches as they were, then the rest', async () => {
  await fc.assert(
    fc.asyncProperty(cursorSteps, async (steps) => {
      const trial = await Trial.begin();
      for (const step of steps) await trial.take(step);
      await trial.take({ kind: 'reopen' });
      const { cursor, model } = trial;
      const seen: number[] = [];
      expect(cursor.openBatches).toEqual(model.openBatches);
      for (const { ranges } of cursor.openBatches) {
        for (const { position } of await cursor.readRanges(ranges)) seen.push(position);
      }
      for (const { position } of await cursor.read(Infinity)) seen.push(position);
      expect(seen.toSorted((one, other) => one - other)).toEqual(model.unsettled);
    }),
    { numRuns: 200 },
  );
});
