import { describe, expect, test } from 'vitest';
import { MemoryJournal, type JournalCursor } from '../../src/index.js';
import { ids, idsOf, QUIET, readAndSettle, RECORD_BYTES, RecordingObserver, records, settle } from './records.js';

async function journalWith(count: number): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  await journal.open(new RecordingObserver());
  // A reader that settles nothing, so that everything is kept.
  await journal.openCursor('keeper', QUIET);
  if (count > 0) await journal.append(records(count));
  return journal;
}

function placeOf({ head, settledBelow, lag, unread }: JournalCursor) {
  return { head, settledBelow, lag, unread };
}

describe('a new cursor', () => {
  test('begins behind the newest event', async () => {
    const journal = await journalWith(3);
    const cursor = await journal.openCursor('a', QUIET);
    expect(placeOf(cursor)).toEqual({ head: 3, settledBelow: 4, lag: 0, unread: 0 });
    expect(await cursor.read(10)).toEqual([]);
    await journal.append(records(2, 4));
    expect(idsOf(await cursor.read(10))).toEqual(['e4', 'e5']);
  });

  test('begins at the oldest event that is kept, when told so', async () => {
    const journal = await journalWith(3);
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    expect(placeOf(cursor)).toEqual({ head: 3, settledBelow: 1, lag: 3, unread: 3 });
    expect(idsOf(await cursor.read(10))).toEqual(['e1', 'e2', 'e3']);
  });

  test('is told what was appended, with the number of events that were not read', async () => {
    const journal = await journalWith(1);
    const told: number[] = [];
    const cursor = await journal.openCursor('a', { onReadable: (unread) => told.push(unread) });
    await journal.append(records(2, 2));
    await journal.append(records(3, 4));
    await cursor.read(4);
    await journal.append(records(1, 7));
    expect(told).toEqual([2, 5, 2]);
  });

  test('cannot be opened twice at a time', async () => {
    const journal = await journalWith(0);
    await journal.openCursor('a', QUIET);
    await expect(journal.openCursor('a', QUIET)).rejects.toMatchObject({ code: 'STATE_INVALID' });
  });
});

describe('reading', () => {
  test('goes on where it stopped, over the borders of groups', async () => {
    const journal = await journalWith(2);
    await journal.append(records(3, 3));
    await journal.append(records(1, 6));
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    const read: string[][] = [];
    for (let step = 0; step < 4; step++) read.push(idsOf(await cursor.read(2)));
    expect(read).toEqual([['e1', 'e2'], ['e3', 'e4'], ['e5', 'e6'], []]);
  });

  test('settles nothing; settling is a thing of its own, in any order', async () => {
    const journal = await journalWith(6);
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await cursor.read(6);
    expect(placeOf(cursor)).toEqual({ head: 6, settledBelow: 1, lag: 6, unread: 0 });
    await settle(cursor, [3, 4]);
    expect(placeOf(cursor)).toEqual({ head: 6, settledBelow: 1, lag: 4, unread: 0 });
    expect(await cursor.unsettledIds()).toEqual({ first: 'e1', last: 'e6' });
    await settle(cursor, [1, 2], [6, 6]);
    expect(placeOf(cursor)).toEqual({ head: 6, settledBelow: 5, lag: 1, unread: 0 });
    expect(await cursor.unsettledIds()).toEqual({ first: 'e5', last: 'e5' });
    await settle(cursor, [5, 5]);
    expect(placeOf(cursor)).toEqual({ head: 6, settledBelow: 7, lag: 0, unread: 0 });
    expect(await cursor.unsettledIds()).toBeUndefined();
  });

  test('by ranges gives those events, in that order, however often', async () => {
    const journal = await journalWith(4);
    await journal.append(records(4, 5));
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    for (let time = 0; time < 2; time++) {
      expect(
        idsOf(
          await cursor.readRanges([
            [2, 2],
            [4, 6],
          ]),
        ),
      ).toEqual(['e2', 'e4', 'e5', 'e6']);
    }
    expect(cursor.unread).toBe(8);
  });

  test('one cursor does not move another', async () => {
    const journal = await journalWith(3);
    const one = await journal.openCursor('one', { ...QUIET, from: 'oldest' });
    const other = await journal.openCursor('other', { ...QUIET, from: 'oldest' });
    expect(await readAndSettle(one)).toEqual(ids(1, 3));
    expect(placeOf(other)).toEqual({ head: 3, settledBelow: 1, lag: 3, unread: 3 });
    expect(await readAndSettle(other)).toEqual(ids(1, 3));
  });
});

describe('opening a cursor again', () => {
  test('keeps what is settled, gives the rest again, and passes over what is settled in between', async () => {
    const journal = await journalWith(8);
    const first = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await first.read(8);
    await settle(first, [1, 2], [4, 5], [8, 8]);
    await first.close();
    const second = await journal.openCursor('a', QUIET);
    expect([second.settledBelow, second.lag]).toEqual([3, 3]);
    expect(idsOf(await second.read(2))).toEqual(['e3', 'e6']);
    expect(idsOf(await second.read(2))).toEqual(['e7']);
    expect(second.unread).toBe(0);
  });

  test('`from` is for new cursors: a known one goes on where it was', async () => {
    const journal = await journalWith(2);
    const first = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await first.read(1);
    await settle(first, [1, 1]);
    await first.close();
    await journal.append(records(1, 3));
    const second = await journal.openCursor('a', { ...QUIET, from: 'head' });
    expect(idsOf(await second.read(9))).toEqual(['e2', 'e3']);
  });

  test('a batch that was open is listed, with its cut and state, and reading passes over its events', async () => {
    const journal = await journalWith(9);
    const first = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await first.read(9);
    await first.commit({ open: { id: 5, ranges: [[5, 6]], state: 'second' } });
    await first.commit({
      open: {
        id: 1,
        ranges: [
          [1, 1],
          [3, 3],
        ],
        state: 'first',
      },
    });
    await first.commit({ open: { id: 7, ranges: [[7, 7]], state: 'third' } });
    await first.commit({ settled: [[7, 7]], close: 7 });
    await first.close();
    const second = await journal.openCursor('a', QUIET);
    expect(second.openBatches).toEqual([
      {
        id: 1,
        ranges: [
          [1, 1],
          [3, 3],
        ],
        state: 'first',
      },
      { id: 5, ranges: [[5, 6]], state: 'second' },
    ]);
    expect(idsOf(await second.read(9))).toEqual(['e2', 'e4', 'e8', 'e9']);
    expect(
      idsOf(
        await second.readRanges([
          [1, 1],
          [3, 3],
        ]),
      ),
    ).toEqual(['e1', 'e3']);
    expect(second.unread).toBe(0);
  });

  test('an open batch can be replaced by one of the same id', async () => {
    const journal = await journalWith(2);
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await cursor.commit({ open: { id: 1, ranges: [[1, 2]], state: 'before' } });
    await cursor.commit({ open: { id: 1, ranges: [[1, 1]], state: 'after' } });
    expect(cursor.openBatches).toEqual([{ id: 1, ranges: [[1, 1]], state: 'after' }]);
  });

  test('a transient cursor is forgotten at close, and what it kept is let go', async () => {
    const journal = new MemoryJournal();
    const first = await journal.openCursor('a', { ...QUIET, transient: true });
    await journal.append(records(3));
    expect(journal.stats().events).toBe(3);
    await first.close();
    expect(journal.stats().events).toBe(0);
    const second = await journal.openCursor('a', { ...QUIET, transient: true });
    expect(placeOf(second)).toEqual({ head: 3, settledBelow: 4, lag: 0, unread: 0 });
  });
});

describe('memory', () => {
  test('is freed behind the slowest cursor, group by group', async () => {
    const journal = new MemoryJournal();
    const fast = await journal.openCursor('fast', QUIET);
    const slow = await journal.openCursor('slow', QUIET);
    await journal.append(records(2));
    await journal.append(records(2, 3));
    await readAndSettle(fast);
    expect([journal.stats().events, journal.stats().bytes]).toEqual([4, 4 * RECORD_BYTES]);
    await readAndSettle(slow, 3);
    expect([journal.stats().events, journal.stats().bytes]).toEqual([2, 2 * RECORD_BYTES]);
    await readAndSettle(slow);
    expect([journal.stats().events, journal.stats().bytes]).toEqual([0, 0]);
  });

  test('dropping a cursor says what that discards, and frees it', async () => {
    const journal = new MemoryJournal();
    const gone = await journal.openCursor('gone', QUIET);
    const stays = await journal.openCursor('stays', QUIET);
    await journal.append(records(5));
    await readAndSettle(stays);
    await readAndSettle(gone, 2);
    await gone.close();
    expect(await journal.dropCursor('gone')).toBe(3);
    expect(journal.stats().events).toBe(0);
    expect(await journal.dropCursor('gone')).toBe(0);
  });

  test('a dropped cursor is new when it is opened again', async () => {
    const journal = await journalWith(5);
    const cursor = await journal.openCursor('a', { ...QUIET, from: 'oldest' });
    await cursor.close();
    await journal.dropCursor('a');
    expect((await journal.openCursor('a', QUIET)).lag).toBe(0);
  });
});

describe('after close', () => {
  test('nothing is appended and no cursor is opened', async () => {
    const journal = await journalWith(1);
    await journal.close();
    await expect(journal.append(records(1, 2))).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' });
    await expect(journal.openCursor('a', QUIET)).rejects.toMatchObject({ code: 'JOURNAL_CLOSED' });
    expect(journal.stats().head).toBe(1);
  });
});

test('gaps are kept, the newest thousand', async () => {
  const journal = new MemoryJournal();
  for (let from = 0; from < 1_001; from++) await journal.recordGap({ from, to: from + 1, cause: 'cut' });
  const { gaps } = journal.stats();
  expect([gaps.length, gaps[0]?.from, gaps.at(-1)?.from]).toEqual([1_000, 1, 1_000]);
});
