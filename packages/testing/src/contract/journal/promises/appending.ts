import { deepEqual, equal, rejects } from 'node:assert/strict';
import { EventRecord } from '@grantex/core';
import type { JournalPromise } from '../journal-promise.js';
import { idsOf, positionsOf, readAll } from '../journal-scene.js';

const TEXTS = [
  '{"id":"a","type":"x","createdAt":"2026-03-01T12:00:00Z","data":{}}',
  '{ "id" : "b",  "type":"x","createdAt":"2026-03-01T12:00:00Z","data":{"n":1.0,"n":1e2} }',
  '{"id":"c","type":"x","createdAt":"","data":{"text":"ä 😀 \u2028 \\u0000 \\ud800"}}',
];

export const APPENDING: readonly JournalPromise[] = [
  {
    name: 'positions: 1, 2, 3 … in the order of the appends, none twice and none left out',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const appended: EventRecord[] = [];
      for (const count of [1, 3, 1, 10, 2]) {
        const records = scene.records(count);
        await scene.journal.append(records);
        appended.push(...records);
      }
      const expected = Array.from({ length: 17 }, (_, index) => index + 1);
      deepEqual(positionsOf(appended), expected);
      const read = await readAll(cursor);
      deepEqual(positionsOf(read), expected);
      deepEqual(idsOf(read), idsOf(appended));
      equal(scene.journal.stats().head, 17);
    },
  },
  {
    name: 'positions: appends at once keep the order of the calls, and each group together',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      const groups = Array.from({ length: 20 }, (_, index) => scene.records(1 + (index % 4)));
      await scene.during('every append() resolves', Promise.all(groups.map((group) => scene.journal.append(group))));
      const expected = groups.flat();
      deepEqual(
        positionsOf(expected),
        expected.map((_, index) => index + 1),
      );
      deepEqual(idsOf(await readAll(cursor)), idsOf(expected));
    },
  },
  {
    name: 'append: the texts come back as they were, to the character',
    async prove(scene) {
      const cursor = await scene.cursor('a');
      await scene.journal.append(TEXTS.map((text, index) => new EventRecord('abc'.charAt(index), text)));
      const read = await readAll(cursor);
      deepEqual(
        read.map(({ text }) => text),
        TEXTS,
      );
      deepEqual(idsOf(read), ['a', 'b', 'c']);
    },
  },
  {
    name: 'append: of nothing changes nothing',
    async prove(scene) {
      await scene.append(1);
      await scene.journal.append([]);
      await scene.append(1);
      equal(scene.journal.stats().head, 2);
    },
  },
  {
    name: 'closed: append() and openCursor() reject with JOURNAL_CLOSED',
    async prove(scene) {
      await scene.append(1);
      await scene.journal.close();
      await rejects(scene.journal.append(scene.records(1)), { code: 'JOURNAL_CLOSED' });
      await rejects(scene.cursor('a'), { code: 'JOURNAL_CLOSED' });
    },
  },
  {
    name: 'gaps: are kept, in order',
    async prove(scene) {
      const gaps = [
        { from: 1, to: 2, cause: 'one' },
        { from: 5, to: 9, cause: 'other' },
      ];
      for (const gap of gaps) await scene.journal.recordGap(gap);
      deepEqual(scene.journal.stats().gaps, gaps);
    },
  },
];
