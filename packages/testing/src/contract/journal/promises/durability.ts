import { deepEqual, equal, ok } from 'node:assert/strict';
import type { JournalPromise } from '../journal-promise.js';
import { each, frame, idsOf, letterFor, positionsOf, readAll } from '../journal-scene.js';

const BATCH = {
  id: 3,
  ranges: [
    [3, 4],
    [6, 6],
  ],
  state: 'key-3',
} as const;

export const DURABILITY: readonly JournalPromise[] = [
  {
    name: 'durable: what was appended is there after a crash, to the character, and positions go on',
    needs: ['durable'],
    async prove(scene) {
      await scene.cursor('a');
      const records = [...scene.records(3), ...scene.records(20)];
      await scene.journal.append(records.slice(0, 3));
      await scene.journal.append(records.slice(3));
      await scene.crash();
      const cursor = await scene.cursor('a');
      const [next] = await scene.append(1);
      const read = await readAll(cursor);
      deepEqual(idsOf(read), [...idsOf(records), next]);
      deepEqual(
        read.slice(0, -1).map(({ text }) => text),
        records.map(({ text }) => text),
      );
      deepEqual(
        positionsOf(read),
        read.map((_, index) => index + 1),
      );
    },
  },
  {
    name: 'durable: what was settled stays so, and what was not comes again',
    needs: ['durable'],
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(10);
      const other = await scene.cursor('b', { from: 'oldest' });
      await cursor.read(10);
      await cursor.commit({ settled: [[1, 2], ...each([5, 9])] });
      equal(other.lag, 10);
      await scene.crash();
      deepEqual(idsOf(await readAll(await scene.cursor('a'))), ['e3', 'e4', 'e6', 'e7', 'e8', 'e10']);
      equal((await scene.cursor('b')).lag, 10);
    },
  },
  {
    name: 'durable: open batches are there first, with their members and their state',
    needs: ['durable'],
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(8);
      await cursor.read(8);
      await cursor.commit({ settled: [[1, 2]], open: BATCH });
      await scene.crash();
      const again = await scene.cursor('a');
      deepEqual(again.openBatches, [BATCH]);
      deepEqual(idsOf(await again.readRanges(BATCH.ranges)), ['e3', 'e4', 'e6']);
      deepEqual(idsOf(await readAll(again)), ['e5', 'e7', 'e8']);
    },
  },
  {
    name: 'durable: dead letters are kept, and their numbers go on',
    needs: ['durable'],
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.append(4);
      await cursor.read(4);
      await cursor.commit({ settled: [[2, 3]], deadLetters: [letterFor('e2'), letterFor('e3')] });
      await scene.journal.deadLetters.addFrame(frame('no event'));
      await scene.journal.deadLetters.remove([1]);
      await scene.crash();
      const again = await scene.cursor('a');
      await again.commit({ settled: [[4, 4]], deadLetters: [letterFor('e4')] });
      deepEqual(await scene.journal.deadLetters.list(), [
        { ...letterFor('e3'), number: 2 },
        { ...frame('no event'), number: 3 },
        { ...letterFor('e4'), number: 4 },
      ]);
      equal(again.lag, 1);
    },
  },
  {
    name: 'durable: gaps and overruns are remembered',
    needs: ['durable'],
    options: { maxBytes: 100_000 },
    async prove(scene) {
      await scene.cursor('slow');
      await scene.journal.recordGap({ from: 1, to: 2, cause: 'one' });
      await scene.appendEach(200);
      const { gaps, overruns } = scene.journal.stats();
      ok(overruns.length > 0);
      await scene.crash();
      deepEqual([scene.journal.stats().gaps, scene.journal.stats().overruns], [gaps, overruns]);
    },
  },
  {
    name: 'durable: the ids of what was appended last are remembered, oldest first, settled or not',
    needs: ['durable'],
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const ids = [...(await scene.append(10)), ...(await scene.append(5))];
      await cursor.read(15);
      await cursor.commit({ settled: [[1, 15]] });
      await scene.crash();
      deepEqual(scene.remembered.recentIds, ids);
    },
  },
  {
    name: 'durable: up to when the stream was heard is remembered, by an append or alone',
    needs: ['durable'],
    async prove(scene) {
      equal(scene.remembered.heardUntil, undefined);
      await scene.journal.append(scene.records(2), 1_000);
      await scene.crash();
      equal(scene.remembered.heardUntil, 1_000);
      await scene.journal.append(scene.records(1), 2_000);
      await scene.journal.noteHeard(5_000);
      await scene.journal.close();
      await scene.crash();
      equal(scene.remembered.heardUntil, 5_000);
    },
  },
  {
    name: 'durable: a transient cursor is not there after a crash, and holds nothing back',
    needs: ['durable'],
    async prove(scene) {
      await scene.cursor('a', { transient: true });
      await scene.append(5);
      await scene.crash();
      equal((await scene.cursor('a', { transient: true })).lag, 0);
    },
  },
  {
    name: 'durable: it can crash again and again',
    needs: ['durable'],
    async prove(scene) {
      await scene.cursor('a');
      const ids: string[] = [];
      for (let round = 0; round < 5; round++) {
        ids.push(...(await scene.append(3)));
        await scene.crash();
      }
      deepEqual(idsOf(await readAll(await scene.cursor('a'))), ids);
    },
  },
  {
    name: 'checksum: a damaged event is never handed out as if it were whole',
    needs: ['durable', 'checksum'],
    async prove(scene) {
      await scene.cursor('a');
      const records = scene.records(5);
      await scene.journal.append(records);
      await scene.journal.close();
      await scene.subject.damage?.();
      await scene.crash();
      const texts = new Set(records.map(({ text }) => text));
      const read = await readAll(await scene.cursor('a')).catch(() => []); // To refuse is right, too.
      for (const { text } of read) ok(texts.has(text), 'an event with another text was read');
      ok(read.length < records.length, 'all events were read, as if nothing had happened');
    },
  },
];
