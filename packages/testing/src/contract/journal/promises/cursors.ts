import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { seededRandom } from '../../../seeded-random.js';
import type { JournalPromise } from '../journal-promise.js';
import { each, idsOf, positionsOf, readAll, readAndSettle } from '../journal-scene.js';

export const CURSORS: readonly JournalPromise[] = [
  {
    name: 'cursors: a new one begins behind the newest event, or at the oldest that is kept',
    async prove(scene) {
      const holder = await scene.cursor('holder');
      const before = await scene.append(3);
      const head = await scene.cursor('head');
      const oldest = await scene.cursor('oldest', { from: 'oldest' });
      const after = await scene.append(2);
      deepEqual(idsOf(await readAll(head)), after);
      deepEqual(idsOf(await readAll(oldest)), [...before, ...after]);
      deepEqual(idsOf(await readAll(holder)), [...before, ...after]);
    },
  },
  {
    name: 'cursors: each reads every event once, in order, at its own pace and at most as many as it asks for',
    async prove(scene) {
      const slow = await scene.cursor('slow');
      const fast = await scene.cursor('fast');
      const ids: string[] = [];
      const read: Record<'slow' | 'fast', string[]> = { slow: [], fast: [] };
      for (let round = 0; round < 20; round++) {
        ids.push(...(await scene.append(1 + (round % 5))));
        const few = await slow.read(2);
        ok(few.length <= 2);
        read.slow.push(...idsOf(few));
        read.fast.push(...(await readAndSettle(fast)));
      }
      read.slow.push(...idsOf(await readAll(slow)));
      deepEqual(read, { slow: ids, fast: ids });
      deepEqual(await fast.read(5), []);
    },
  },
  {
    name: 'cursors: settledBelow, lag, unread and unsettledIds are exact, whatever the order in which events are settled',
    async prove(scene) {
      const random = seededRandom(3);
      const cursor = await scene.cursor('a');
      const ids = ['', ...(await scene.append(30)), ...(await scene.append(30))];
      const inHand = positionsOf(await cursor.read(50));
      const open = new Set(Array.from({ length: 60 }, (_, index) => index + 1));
      while (inHand.length > 0) {
        const settled = inHand.splice(Math.floor(random() * inHand.length), 1 + Math.floor(random() * 3));
        await cursor.commit({ settled: each(settled) });
        for (const position of settled) open.delete(position);
        const left = [...open];
        equal(cursor.lag, left.length, 'lag');
        equal(cursor.unread, 10, 'unread');
        equal(cursor.settledBelow, left[0], 'settledBelow');
        deepEqual(await cursor.unsettledIds(), { first: ids[left[0] ?? 0], last: 'e60' });
      }
      await readAndSettle(cursor);
      deepEqual([cursor.lag, cursor.unread, cursor.settledBelow, cursor.head], [0, 0, 61, 60]);
      equal(await cursor.unsettledIds(), undefined);
    },
  },
  {
    name: 'cursors: opened again, one reads exactly what was not settled, in order',
    async prove(scene) {
      const first = await scene.cursor('a');
      const ids = await scene.append(20);
      await first.read(15);
      await first.commit({ settled: [[1, 4], ...each([7, 8, 12])] });
      await first.close();
      const settled = new Set([1, 2, 3, 4, 7, 8, 12]);
      const second = await scene.cursor('a');
      const left = ids.filter((_, index) => !settled.has(index + 1));
      equal(second.lag, left.length);
      equal(second.unread, left.length);
      deepEqual(idsOf(await readAll(second, 3)), left);
    },
  },
  {
    name: 'cursors: readRanges gives the events of these ranges, in order',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(3);
      await scene.append(7);
      await cursor.read(10);
      const ranges = [
        [2, 4],
        [7, 7],
        [9, 10],
      ] as const;
      deepEqual(idsOf(await cursor.readRanges(ranges)), ['e2', 'e3', 'e4', 'e7', 'e9', 'e10']);
    },
  },
  {
    name: 'cursors: onReadable is told the number of unread events after every append',
    async prove(scene) {
      const told: number[] = [];
      const cursor = await scene.cursor('a', { onReadable: (unread) => told.push(unread) });
      await scene.append(3);
      await scene.append(2);
      await cursor.read(4);
      await scene.append(1);
      await scene.idle();
      deepEqual(told, [3, 5, 2]);
    },
  },
  {
    name: 'cursors: one handle a name',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await rejects(scene.cursor('a'));
      await cursor.close();
      await (await scene.cursor('a')).close();
    },
  },
  {
    name: 'cursors: a dropped one says what it discards, and is forgotten',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(10);
      const read = await cursor.read(4);
      await cursor.commit({ settled: each(positionsOf(read)) });
      await cursor.close();
      equal(await scene.journal.dropCursor('a'), 6);
      equal(await scene.journal.dropCursor('a'), 0);
      const again = await scene.cursor('a');
      deepEqual([again.lag, idsOf(await readAll(again))], [0, []]);
    },
  },
  {
    name: 'cursors: a transient one holds nothing after it was closed',
    async prove(scene) {
      const cursor = await scene.cursor('a', { transient: true });
      await scene.append(10);
      await cursor.close();
      const again = await scene.cursor('a', { transient: true });
      equal(again.lag, 0);
    },
  },
];
