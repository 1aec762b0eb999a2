import type { Overrun } from '@grantex/core';
import { ManualClock } from '@grantex/testing';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JournalReader, SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

const HOUR_MS = 3_600_000;

test('retainMs: what all have settled is kept for an hour, and then deleted; its ids are remembered', async () => {
  using folder = new JournalFolder();
  const clock = new ManualClock();
  const journal = new SqliteJournal({ path: folder.path, clock });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  for (let group = 0; group < 10; group++) await journal.append(makeRecords(1 + group * 10, 10));
  await cursor.read(100);
  await cursor.commit({ settled: [[1, 100]] });
  await clock.advance(HOUR_MS - 1);
  await journal.noteHeard(1);
  expect(journal.stats().events).toBe(100);
  await clock.advance(1_001);
  await journal.noteHeard(2);
  expect(journal.stats().events).toBe(0);
  await journal.append(makeRecords(101, 1));
  await journal.close();
  const { recentIds } = await journal.open(SILENT);
  expect(recentIds).toEqual(makeRecords(1, 101).map(({ id }) => id));
  expect(journal.stats()).toMatchObject({ events: 1, head: 101 });
  await journal.close();
});

test('the limit: the file stays within it, with its free pages, while much more passes through', async () => {
  using folder = new JournalFolder();
  const maxBytes = 2_000_000;
  const journal = new SqliteJournal({ path: folder.path, maxBytes });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  for (let made = 0; made < 20_000; made += 50) {
    await journal.append(makeRecords(made + 1, 50, 1_000));
    const read = await cursor.read(50);
    await cursor.commit({ settled: [[1, read.at(-1)?.position ?? 0]] });
    expect(journal.stats().bytes).toBeLessThanOrEqual(maxBytes);
  }
  expect(journal.stats().overruns).toEqual([]);
  await journal.close();
  expect(statSync(folder.path).size).toBeLessThan(maxBytes * 1.5);
});

test('a damaged group is passed over, reported as an overrun with its ids, and read again by nobody', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.openCursor('a', { onReadable: () => {} });
  for (let group = 0; group < 3; group++) await journal.append(makeRecords(1 + group * 10, 10));
  await journal.close();
  const database = new DatabaseSync(folder.path);
  database.exec("UPDATE groups SET texts = replace(texts, 'created', 'revoked') WHERE first = 11");
  database.close();
  const overruns: Overrun[] = [];
  await journal.open({ ...SILENT, onOverrun: (overrun) => overruns.push(overrun) });
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  expect((await cursor.read(100)).map(({ position }) => position)).toEqual(
    [...makeRecords(1, 10), ...makeRecords(21, 10)].map(({ id }) => Number(id.slice(1))),
  );
  expect(overruns).toMatchObject([{ destination: 'a', firstId: 'e11', lastId: 'e20', count: 10 }]);
  expect(journal.stats()).toMatchObject({ lost: 10, events: 20 });
  expect(cursor.lag).toBe(20);
  await journal.close();
});

test('receipts: one a request, deleted together with its events', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path, retainMs: 0, clock: new ManualClock() });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  await journal.append(makeRecords(1, 10));
  await cursor.commit({ settled: [[1, 10]], receipt: { ranges: [[1, 10]], at: 5, attempts: 2, statusCode: 202 } });
  const database = new DatabaseSync(folder.path, { readOnly: true });
  const rows = database.prepare('SELECT last, value FROM receipts').all();
  database.close();
  expect(rows).toMatchObject([{ last: 10, value: expect.stringContaining('"statusCode":202') as string }]);
  await journal.close();
});

test('the file: for its owner only, in a folder that is made when there is none', async () => {
  using folder = new JournalFolder();
  const path = join(folder.folder, 'new', 'events.db');
  const journal = new SqliteJournal({ path });
  await journal.open(SILENT);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-lock`).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder.folder, 'new')).mode & 0o777).toBe(0o700);
  await journal.close();
});

test('texts: with separators, broken surrogates and zeros come back as they were', async () => {
  using folder = new JournalFolder();
  const { EventRecord } = await import('@grantex/core');
  const texts = ['[1]', 'a\u001eb', '\ud800', '\0', '', '\u2028'];
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.append(texts.map((text, index) => new EventRecord(`\u001e${index}\0`, text)));
  await journal.append(texts.slice(0, 1).map((text) => new EventRecord('one', text)));
  using reader = new JournalReader(folder.path);
  expect([...reader.events()].map(({ text }) => text)).toEqual([...texts, '[1]']);
  await journal.close();
});

test('a journal that was closed can be opened again, and knows where it was', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.openCursor('a', { onReadable: () => {} });
  await journal.append(makeRecords(1, 5), 7);
  await journal.close();
  expect(journal.stats().events).toBe(5);
  expect(await journal.open(SILENT)).toMatchObject({ heardUntil: 7 });
  expect((await journal.openCursor('a', { onReadable: () => {} })).lag).toBe(5);
  await journal.close();
});

test('options: what cannot work is refused by name', () => {
  expect(() => new SqliteJournal({ path: '' })).toThrow('path');
  expect(() => new SqliteJournal({ path: 'x', maxBytes: 10 })).toThrow('maxBytes');
});
