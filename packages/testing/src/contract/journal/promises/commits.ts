import { deepEqual, equal, rejects } from 'node:assert/strict';
import type { DeadLetterQuery } from '@grantex/core';
import type { JournalPromise } from '../journal-promise.js';
import { frame, idsOf, letterFor, readAll } from '../journal-scene.js';

const BATCH = {
  id: 3,
  ranges: [
    [3, 4],
    [6, 6],
  ],
  state: 'key-3',
} as const;

export const COMMITS: readonly JournalPromise[] = [
  {
    name: 'open batches: when the cursor is opened again they are there, with members and state, and reading passes over them',
    async prove(scene) {
      const first = await scene.cursor('a');
      const ids = await scene.append(10);
      await first.read(10);
      await first.commit({ settled: [[1, 1]], open: BATCH });
      await first.commit({ open: { id: 8, ranges: [[8, 9]], state: 'key-8' } });
      await first.close();
      const second = await scene.cursor('a');
      deepEqual(second.openBatches, [BATCH, { id: 8, ranges: [[8, 9]], state: 'key-8' }]);
      equal(second.unread, 4);
      deepEqual(idsOf(await readAll(second)), ['e2', 'e5', 'e7', 'e10']);
      deepEqual(idsOf(await second.readRanges(BATCH.ranges)), ['e3', 'e4', 'e6']);
      await second.commit({ settled: BATCH.ranges, close: 3 });
      await second.commit({
        settled: [
          [2, 2],
          [5, 5],
          [7, 10],
        ],
        close: 8,
      });
      deepEqual([second.openBatches, second.lag], [[], 0]);
      equal(ids.length, 10);
    },
  },
  {
    name: 'open batches: one of the same id is replaced',
    async prove(scene) {
      const first = await scene.cursor('a');
      await scene.append(10);
      await first.read(10);
      await first.commit({ open: BATCH });
      await first.commit({ open: { ...BATCH, state: 'other' } });
      await first.close();
      deepEqual((await scene.cursor('a')).openBatches, [{ ...BATCH, state: 'other' }]);
    },
  },
  {
    name: 'commit: events and their dead letters are settled together',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(3);
      await cursor.read(3);
      await cursor.commit({ settled: [[2, 2]], deadLetters: [letterFor('e2')] });
      deepEqual(await scene.journal.deadLetters.list(), [{ ...letterFor('e2'), number: 1 }]);
      equal(cursor.lag, 2);
    },
  },
  {
    name: 'commit: all parts of a change or none: at the bound of dead letters it rejects and changes nothing',
    options: { maxDeadLetters: 2 },
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(10);
      await cursor.read(10);
      await cursor.commit({ open: BATCH });
      const change = {
        settled: [[1, 3]] as const,
        deadLetters: ['e1', 'e2', 'e3'].map(letterFor),
        open: { id: 8, ranges: [[8, 8]] as const, state: 'key-8' },
        close: BATCH.id,
      };
      await rejects(cursor.commit(change), { code: 'JOURNAL_DEAD_LETTERS_FULL' });
      deepEqual([cursor.settledBelow, cursor.lag], [1, 10]);
      deepEqual(cursor.openBatches, [BATCH]);
      equal(scene.journal.deadLetters.size, 0);
      await cursor.commit({ settled: [[1, 2]], deadLetters: [letterFor('e1'), letterFor('e2')] });
      deepEqual([cursor.settledBelow, cursor.lag], [3, 8]);
    },
  },
  {
    name: 'dead letters: numbered in order, listed in parts, removed by number',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const ids = await scene.append(5);
      await cursor.read(5);
      const { deadLetters } = scene.journal;
      for (const [index, id] of ids.entries()) {
        await cursor.commit({ settled: [[index + 1, index + 1]], deadLetters: [letterFor(id)] });
      }
      const listed = async (options?: DeadLetterQuery): Promise<number[]> =>
        (await deadLetters.list(options)).map(({ number }) => number);
      deepEqual(await listed(), [1, 2, 3, 4, 5]);
      deepEqual(await listed({ after: 2, limit: 2 }), [3, 4]);
      deepEqual(
        (await deadLetters.get([4, 17, 2])).map(({ number }) => number),
        [2, 4],
      );
      deepEqual(await listed({ destination: 'nobody' }), []);
      deepEqual(await listed({ destination: 'subject', limit: 2 }), [1, 2]);
      const again = { ...letterFor('e2'), number: 2, attempts: 9, reason: 'still not' };
      await deadLetters.replace([again, { ...again, number: 17 }]);
      deepEqual(await deadLetters.get([2, 17]), [again]);
      equal(await deadLetters.remove([2, 4, 17]), 2);
      deepEqual([await listed(), deadLetters.size, scene.journal.stats().deadLetters], [[1, 3, 5], 3, 3]);
      await scene.append(1);
      await cursor.commit({ settled: [[6, 6]], deadLetters: [letterFor('e6')] });
      deepEqual(await listed({ after: 5 }), [6]);
    },
  },
  {
    name: 'dead letters: frames that are no events push out older frames, never an event that was given up',
    options: { maxDeadLetters: 20 },
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const ids = await scene.append(15);
      await cursor.read(15);
      await cursor.commit({ settled: [[1, 15]], deadLetters: ids.map(letterFor) });
      for (let index = 0; index < 50; index++) await scene.journal.deadLetters.addFrame(frame(`frame ${index}`));
      const letters = await scene.journal.deadLetters.list({ limit: 100 });
      deepEqual(
        letters.filter(({ eventId }) => eventId !== undefined).map(({ eventId }) => eventId),
        ids,
      );
      equal(letters.at(-1)?.text, 'frame 49');
      equal(letters.length <= 20, true, `${letters.length} dead letters are kept`);
    },
  },
];
