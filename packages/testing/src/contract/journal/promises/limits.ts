import { deepEqual, equal, ok } from 'node:assert/strict';
import type { JournalCursor } from '@grantex/core';
import { seededRandom } from '../../../seeded-random.js';
import type { JournalPromise } from '../journal-promise.js';
import { each, idsOf, positionsOf, readAll, readAndSettle, type JournalNotes } from '../journal-scene.js';

/** Room for some 80 of the suite's events. */
const maxBytes = 100_000;
/** Surely more than fit. */
const TOO_MANY = 300;
const BATCH = {
  id: 3,
  ranges: [
    [3, 4],
    [8, 8],
  ],
  state: 'key',
} as const;

/** The numbers of the events that the cursor has lost, by what the journal told. */
function lostBy(name: string, { overruns }: JournalNotes): number[] {
  const last = overruns
    .filter(({ overrun }) => overrun.destination === name)
    .filter((_, index, own) => own[index + 1] === undefined || own[index + 1]?.started === true);
  return last.flatMap(({ overrun }) => {
    const [from, to] = [numberOf(overrun.firstId), numberOf(overrun.lastId)];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function countedBy(name: string, { overruns }: JournalNotes): number {
  return overruns
    .filter(({ overrun }) => overrun.destination === name)
    .filter((_, index, own) => own[index + 1] === undefined || own[index + 1]?.started === true)
    .reduce((sum, { overrun }) => sum + overrun.count, 0);
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}

export const LIMITS: readonly JournalPromise[] = [
  {
    name: 'limit: while everybody settles, the journal stays within it, and nobody is moved on',
    options: { maxBytes },
    async prove(scene) {
      const cursors = [await scene.cursor('a'), await scene.cursor('b')];
      const ids: string[] = [];
      const read: string[] = [];
      for (let round = 0; round < 40; round++) {
        ids.push(...(await scene.append(20)));
        for (const cursor of cursors) read.push(...(await readAndSettle(cursor)));
        ok(scene.journal.stats().bytes <= maxBytes, `${scene.journal.stats().bytes} bytes`);
      }
      deepEqual(scene.notes.overruns, []);
      deepEqual(scene.journal.stats().overruns, []);
      equal(read.length, 2 * ids.length);
    },
  },
  {
    name: 'limit: the slowest is moved on, nobody else, and the journal stays within it',
    options: { maxBytes },
    async prove(scene) {
      const slow = await scene.cursor('slow');
      const fast = await scene.cursor('fast');
      const ids: string[] = [];
      const read: string[] = [];
      for (let round = 0; round < TOO_MANY / 10; round++) {
        ids.push(...(await scene.appendEach(10)));
        read.push(...(await readAndSettle(fast)));
        ok(scene.journal.stats().bytes <= maxBytes, `${scene.journal.stats().bytes} bytes`);
      }
      deepEqual(read, ids);
      deepEqual([...new Set(scene.notes.overruns.map(({ overrun }) => overrun.destination))], ['slow']);
      const left = await readAndSettle(slow);
      const lost = lostBy('slow', scene.notes);
      deepEqual([...lost.map((number) => `e${number}`), ...left], ids);
      equal(countedBy('slow', scene.notes), lost.length, 'the count, and the events between first and last');
      ok(left.length >= 30, `only ${left.length} events are left`);
    },
  },
  {
    name: 'limit: what a reader has in hand is not taken away',
    options: { maxBytes },
    async prove(scene) {
      const slow = await scene.cursor('slow');
      await scene.appendEach(10);
      deepEqual(idsOf(await slow.read(7)), ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7']);
      await scene.appendEach(TOO_MANY);
      equal(scene.notes.overruns[0]?.overrun.firstId, 'e8');
      deepEqual(idsOf(await slow.readRanges([[1, 7]])), ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7']);
      equal(slow.settledBelow, 1);
      await slow.commit({ settled: [[1, 7]] });
      const left = await readAndSettle(slow);
      equal(7 + countedBy('slow', scene.notes) + left.length, TOO_MANY + 10);
      equal(slow.lag, 0);
    },
  },
  {
    name: 'limit: what a reader had in hand and a later one is moved past lies between first and last id of an overrun',
    options: { maxBytes },
    async prove(scene) {
      const first = await scene.cursor('slow');
      await scene.appendEach(10);
      await first.read(7);
      await scene.appendEach(TOO_MANY);
      await first.close();
      const second = await scene.cursor('slow');
      const ids = await scene.appendEach(TOO_MANY);
      const left = await readAndSettle(second);
      const lost = new Set(lostBy('slow', scene.notes));
      equal(left.at(-1), ids.at(-1));
      const all = Array.from({ length: scene.journal.stats().head }, (_, index) => index + 1);
      const kept = new Set(left.map(numberOf));
      deepEqual(
        all.filter((number) => !kept.has(number) && !lost.has(number)),
        [],
        'neither read nor told',
      );
      equal(countedBy('slow', scene.notes), all.length - left.length);
    },
  },
  {
    name: 'limit: the members of an open batch are not taken away',
    options: { maxBytes },
    async prove(scene) {
      const first = await scene.cursor('slow');
      await scene.appendEach(10);
      await first.read(10);
      await first.commit({ open: BATCH });
      await first.close();
      const second = await scene.cursor('slow');
      await scene.appendEach(TOO_MANY);
      deepEqual(idsOf(await second.readRanges(BATCH.ranges)), ['e3', 'e4', 'e8']);
      const left = await readAndSettle(second);
      equal(3 + countedBy('slow', scene.notes) + left.length, TOO_MANY + 10);
      await second.commit({ settled: BATCH.ranges, close: BATCH.id });
      equal(second.lag, 0);
    },
  },
  {
    name: 'limit: every event is read or counted as lost, once, in order, whatever the pace',
    options: { maxBytes },
    async prove(scene) {
      const random = seededRandom(5);
      const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));
      const cursors = await Promise.all(['a', 'b', 'c'].map((name) => scene.cursor(name)));
      const read = new Map<JournalCursor, number[]>(cursors.map((cursor) => [cursor, []]));
      for (let step = 0; step < 300; step++) {
        await scene.append(between(0, 3));
        for (const [pace, cursor] of cursors.entries()) {
          if (between(1, 4) <= pace) continue;
          const batch = positionsOf(await cursor.read(between(1, 2 + pace)));
          read.get(cursor)?.push(...batch);
          await cursor.commit({ settled: each(batch.filter(() => between(1, 20) > 1)) });
        }
      }
      for (const [cursor, positions] of read) {
        positions.push(...positionsOf(await readAll(cursor)));
        const lost = lostBy(cursor.name, scene.notes);
        equal(countedBy(cursor.name, scene.notes), lost.length);
        deepEqual(
          positions.toSorted((one, other) => one - other),
          positions,
          'in order',
        );
        const all = [...positions, ...lost].toSorted((one, other) => one - other);
        deepEqual(
          all,
          Array.from({ length: scene.journal.stats().head }, (_, index) => index + 1),
        );
      }
    },
  },
  {
    name: 'limit: an overrun goes on until something is read, and the next one is another',
    options: { maxBytes },
    async prove(scene) {
      const slow = await scene.cursor('slow');
      await scene.appendEach(TOO_MANY);
      equal(scene.notes.overruns.filter(({ started }) => started).length, 1);
      await slow.read(1);
      await scene.appendEach(TOO_MANY);
      equal(scene.notes.overruns.filter(({ started }) => started).length, 2);
      equal(scene.journal.stats().overruns.length, 2);
    },
  },
  {
    name: 'limit: warned of at 50, 80 and 95 per cent, with the name of the slowest',
    options: { maxBytes },
    async prove(scene) {
      await scene.cursor('slow');
      const fast = await scene.cursor('fast');
      for (let appended = 0; appended < TOO_MANY; appended += 5) {
        await scene.appendEach(5);
        await readAndSettle(fast);
      }
      deepEqual(
        scene.notes.fillings.map(({ percent, slowest }) => [percent, slowest]),
        [
          [50, 'slow'],
          [80, 'slow'],
          [95, 'slow'],
        ],
      );
      equal(scene.journal.stats().waitingBytes > maxBytes * 0.8, true, 'what waits for the slow one counts');
    },
  },
  {
    name: 'limit: what everybody has settled is no reason for a warning, though it may still be kept',
    options: { maxBytes },
    async prove(scene) {
      const cursors = [await scene.cursor('one'), await scene.cursor('other')];
      for (let appended = 0; appended < 2 * TOO_MANY; appended += 5) {
        await scene.appendEach(5);
        for (const cursor of cursors) await readAndSettle(cursor);
      }
      deepEqual(scene.notes.fillings, []);
      const { waitingBytes, overruns } = scene.journal.stats();
      deepEqual(overruns, []);
      equal(waitingBytes, 0);
    },
  },
];
