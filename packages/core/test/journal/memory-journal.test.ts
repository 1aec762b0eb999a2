import { describe, expect, test } from 'vitest';
import type { Overrun } from '../../src/index.js';
import { integers, seededRandom } from '../random.js';
import { fullAt100, START } from './full-journal.js';
import { ids, idsOf, QUIET, readAndSettle, RECORD_BYTES, RecordingObserver, records, settle } from './records.js';

describe('overrun', () => {
  test('moves the slowest cursor past the oldest that it has not read, and nobody else', async () => {
    const { journal, append, observer } = await fullAt100();
    const slow = await journal.openCursor('slow', QUIET);
    const fast = await journal.openCursor('fast', QUIET);
    const heard: string[] = [];
    for (let round = 0; round < 30; round++) {
      await append(10);
      heard.push(...(await readAndSettle(fast)));
    }
    expect(heard).toEqual(ids(1, 300));
    const lost = observer.overruns.at(-1)?.overrun;
    expect(new Set(observer.overruns.map(({ overrun }) => overrun.destination))).toEqual(new Set(['slow']));
    // What it lost and what it has still are everything, without a hole and without one that is both.
    const left = await readAndSettle(slow);
    expect(lost).toMatchObject({ firstId: 'e1', lastId: `e${300 - left.length}`, count: 300 - left.length });
    expect(left).toEqual(ids(301 - left.length, 300));
    expect(left.length).toBeGreaterThanOrEqual(90);
    expect(slow.lag).toBe(0);
  });

  test('keeps the journal within its limit', async () => {
    const { journal, append } = await fullAt100();
    await journal.openCursor('dead', QUIET);
    for (let step = 0; step < 1_000; step++) {
      await append(1);
      expect(journal.stats().bytes).toBeLessThanOrEqual(100 * RECORD_BYTES);
    }
  });

  test('leaves in peace what was read: it can be read again by its positions, and settled', async () => {
    const { journal, append } = await fullAt100();
    const slow = await journal.openCursor('slow', QUIET);
    await append(10);
    expect(idsOf(await slow.read(7))).toEqual(ids(1, 7));
    await append(200);
    expect(idsOf(await slow.readRanges([[1, 7]]))).toEqual(ids(1, 7));
    expect(slow.settledBelow).toBe(1);
    await settle(slow, [1, 7]);
    expect(slow.settledBelow).toBeGreaterThan(7);
    const [overrun] = journal.stats().overruns;
    expect(overrun?.firstId).toBe('e8');
    const left = await readAndSettle(slow);
    expect(7 + (overrun?.count ?? 0) + left.length).toBe(210);
  });

  test('leaves in peace a batch that an earlier run had opened: all its members are still there', async () => {
    const { journal, append } = await fullAt100();
    const first = await journal.openCursor('slow', QUIET);
    await append(20);
    await first.read(20);
    await first.commit({
      open: {
        id: 3,
        ranges: [
          [3, 4],
          [8, 8],
        ],
        state: 'key',
      },
    });
    await first.close();
    const second = await journal.openCursor('slow', QUIET);
    await append(200);
    expect(
      idsOf(
        await second.readRanges([
          [3, 4],
          [8, 8],
        ]),
      ),
    ).toEqual(['e3', 'e4', 'e8']);
    const { count = 0 } = journal.stats().overruns[0] ?? {};
    const left = await readAndSettle(second);
    expect(3 + count + left.length).toBe(220);
    await second.commit({
      settled: [
        [3, 4],
        [8, 8],
      ],
      close: 3,
    });
    expect([second.lag, journal.stats().events]).toEqual([0, 0]);
  });

  test('counts only what was not settled: what an earlier run settled is no loss', async () => {
    const { journal, append } = await fullAt100();
    const first = await journal.openCursor('slow', QUIET);
    await append(10);
    await first.read(10);
    await settle(first, [2, 4], [6, 6]);
    await first.close();
    const second = await journal.openCursor('slow', QUIET);
    await append(200);
    const [overrun] = journal.stats().overruns;
    expect(overrun?.firstId).toBe('e1');
    const left = await readAndSettle(second);
    expect(4 + (overrun?.count ?? 0) + left.length).toBe(210);
  });

  test('goes on as one until something is read; the next one is another', async () => {
    const { clock, journal, append, observer } = await fullAt100();
    const slow = await journal.openCursor('slow', QUIET);
    await append(101);
    await clock.advance(1_000);
    await append(10);
    const before = journal.stats().overruns;
    // 101 did not fit, so e1 to e5 went; after 5 more appends the next 5, and so on.
    expect(before).toEqual([
      { destination: 'slow', firstId: 'e1', lastId: 'e15', count: 15, firstAt: START, lastAt: START + 1_000 },
    ]);
    expect(observer.overruns.map(({ started }) => started)).toEqual([true, false, false]);
    expect(idsOf(await slow.read(2))).toEqual(['e16', 'e17']);
    await clock.advance(1_000);
    await append(10);
    const [one, other, ...more] = journal.stats().overruns;
    expect(one).toEqual(before[0]);
    expect(other).toMatchObject({ firstId: 'e18', firstAt: START + 2_000, lastAt: START + 2_000 });
    expect(more).toEqual([]);
    expect(observer.overruns.map(({ started }) => started)).toEqual([
      true,
      false,
      false,
      true,
      ...observer.overruns.slice(4).map(() => false),
    ]);
    const left = await readAndSettle(slow);
    expect(15 + 2 + (other?.count ?? 0) + left.length).toBe(121);
    expect(left[0]).toBe(`e${Number(other?.lastId.slice(1)) + 1}`);
  });

  test('a read that gives nothing ends no overrun', async () => {
    const { journal, append, observer } = await fullAt100();
    const slow = await journal.openCursor('slow', QUIET);
    await append(101);
    await slow.read(0);
    await append(10);
    expect(observer.overruns.filter(({ started }) => started)).toHaveLength(1);
  });

  test('two that lag are both moved, each with its own count', async () => {
    const { journal, append } = await fullAt100();
    const slower = await journal.openCursor('slower', QUIET);
    await append(50);
    const slow = await journal.openCursor('slow', QUIET);
    await append(200);
    const counts = journal.stats().overruns.map(({ destination, firstId, count }) => [destination, firstId, count]);
    const [left, other] = [await slower.read(Infinity), await slow.read(Infinity)];
    expect(idsOf(left)).toEqual(idsOf(other));
    expect(counts).toEqual([
      ['slower', 'e1', 250 - left.length],
      ['slow', 'e51', 200 - left.length],
    ]);
  });

  test('a group larger than the whole limit is taken all the same', async () => {
    const { journal, append } = await fullAt100();
    const cursor = await journal.openCursor('a', QUIET);
    await append(3);
    await journal.append(records(150, 4));
    expect(await readAndSettle(cursor)).toEqual(ids(4, 153));
    expect(journal.stats().overruns).toMatchObject([{ firstId: 'e1', lastId: 'e3', count: 3 }]);
  });

  test('a journal that nobody reads forgets the oldest, and nobody has lost anything', async () => {
    const { journal, append, observer } = await fullAt100();
    await append(300);
    expect(observer.overruns).toEqual([]);
    expect(journal.stats().bytes).toBeLessThanOrEqual(100 * RECORD_BYTES);
  });

  test('a new cursor that begins at the oldest event comes to the end, whatever is missing in the middle', async () => {
    const { journal, append } = await fullAt100();
    const holder = await journal.openCursor('holder', QUIET);
    await append(5);
    await holder.read(5);
    await append(200); // e6 and following were overrun; e1 to e5 are in the holder's hands.
    const cursor = await journal.openCursor('late', { ...QUIET, from: 'oldest' });
    const { lag, unread } = cursor;
    const read = await readAndSettle(cursor);
    expect(read.slice(0, 5)).toEqual(ids(1, 5));
    expect([lag, unread]).toEqual([read.length, read.length]);
    expect([cursor.lag, cursor.unread, await cursor.unsettledIds()]).toEqual([0, 0, undefined]);
    await readAndSettle(holder);
    await settle(holder, [1, 5]);
    expect(journal.stats().events).toBe(0);
  });

  test('lets go of what all have settled before it moves anybody, wherever that lies', async () => {
    const { journal, append } = await fullAt100();
    const first = await journal.openCursor('a', QUIET);
    await append(100);
    await first.read(100);
    await settle(first, [11, 100]);
    await first.close();
    const second = await journal.openCursor('a', QUIET);
    await append(1);
    expect(journal.stats()).toMatchObject({ overruns: [], events: 11 });
    expect(idsOf(await second.read(1_000))).toEqual([...ids(1, 10), 'e101']);
    expect(second.unread).toBe(0);
  });
});

test.each(Array.from({ length: 12 }, (_, seed) => seed))(
  'seed %i: every event is read by each cursor or counted as its loss, once, in order',
  async (seed) => {
    const between = integers(seededRandom(seed));
    const { journal, append, observer } = await fullAt100();
    const names = ['a', 'b', 'c'];
    const cursors = await Promise.all(names.map((name) => journal.openCursor(name, QUIET)));
    const read = new Map(cursors.map((cursor) => [cursor, [] as number[]]));
    for (let step = 0; step < 600; step++) {
      await append(between(0, 3));
      for (const [pace, cursor] of cursors.entries()) {
        if (between(1, 4) <= pace) continue;
        const batch = await cursor.read(between(1, 2 + pace));
        read.get(cursor)?.push(...batch.map(({ position }) => position));
        for (const { position } of batch) if (between(1, 20) > 1) await settle(cursor, [position, position]);
      }
    }
    const { head } = journal.stats();
    const overruns = episodes(observer);
    for (const cursor of cursors) {
      const rest = await cursor.read(Infinity);
      const positions = [...(read.get(cursor) ?? []), ...rest.map(({ position }) => position)];
      const lost = overruns.filter(({ destination }) => destination === cursor.name);
      const lostPositions = new Set<number>();
      for (const { firstId, lastId, count } of lost) {
        const before = lostPositions.size;
        for (let at = Number(firstId.slice(1)); at <= Number(lastId.slice(1)); at++) lostPositions.add(at);
        expect(lostPositions.size - before).toBe(count);
      }
      expect(positions.toSorted((one, other) => one - other)).toEqual(positions);
      expect(positions.filter((position) => lostPositions.has(position))).toEqual([]);
      expect(new Set(positions).size + lostPositions.size).toBe(head);
    }
  },
);

/** The last word on each overrun. */
function episodes({ overruns }: RecordingObserver): Overrun[] {
  return overruns
    .filter(({ overrun: { destination } }, index) => {
      const next = overruns.slice(index + 1).find(({ overrun }) => overrun.destination === destination);
      return next === undefined || next.started;
    })
    .map(({ overrun }) => overrun);
}
