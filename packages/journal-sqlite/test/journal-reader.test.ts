import { ManualClock } from '@grantex/testing';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSound, JournalReader, SqliteJournal, type JournalDamage } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

const START = Date.UTC(2026, 2, 1, 12);
const HOUR_MS = 3_600_000;
const NOBODY = { onReadable: () => {} };

function verify(reader: JournalReader): JournalDamage {
  const steps = reader.verify();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function refusal(text: string): unknown {
  return expect.objectContaining({ code: 'JOURNAL_UNUSABLE', message: expect.stringContaining(text) as string });
}

test('find: an event by its id, with its text, its position and when it was appended', async () => {
  using folder = new JournalFolder();
  const clock = new ManualClock(START);
  const journal = new SqliteJournal({ path: folder.path, clock });
  await journal.open(SILENT);
  for (let group = 0; group < 300; group++) {
    await journal.append(makeRecords(1 + group * 2, 2));
    await clock.advance(1_000);
  }
  using reader = new JournalReader(folder.path);
  for (const position of [1, 2, 37, 600]) {
    const [record] = makeRecords(position, 1);
    const appendedAt = START + Math.floor((position - 1) / 2) * 1_000;
    expect(reader.find(`e${position}`)).toEqual({ id: `e${position}`, position, appendedAt, text: record?.text });
  }
  // Part of another id, an id within a text, and none.
  for (const id of ['e60', 'e601', 'e', '', 'grant.created', '"e1"']) {
    expect(reader.find(id)?.id).toBe(id === 'e60' ? 'e60' : undefined);
  }
  expect([...reader.events(600)]).toMatchObject([{ position: 600, appendedAt: START + 299_000 }]);
  expect([reader.head(), reader.oldest()]).toEqual([600, { position: 1, appendedAt: START }]);
  await journal.close();
});

test('findEarlier: the id of an event that was deleted, as long as it is remembered', async () => {
  using folder = new JournalFolder();
  const clock = new ManualClock(START);
  const journal = new SqliteJournal({ path: folder.path, clock });
  await journal.open(SILENT);
  await journal.append(makeRecords(1, 3));
  await clock.advance(HOUR_MS + 1_001);
  await journal.append(makeRecords(4, 1));
  await journal.noteHeard(START + 5);
  using reader = new JournalReader(folder.path);
  expect(reader.find('e2')).toBeUndefined();
  expect(reader.findEarlier('e2')).toEqual({ position: 2, appendedAt: START });
  expect(reader.findEarlier('e4')).toBeUndefined();
  expect(reader.oldest()).toEqual({ position: 4, appendedAt: START + HOUR_MS + 1_001 });
  expect(reader.oldestRemembered()).toEqual({ position: 1, appendedAt: START });
  expect(reader.heardUntil()).toBe(START + 5);
  await journal.close();
});

test('receipts: those of the ranges, with the name of the cursor', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.append(makeRecords(1, 10));
  const [a, b] = [await journal.openCursor('a', NOBODY), await journal.openCursor('b', NOBODY)];
  await journal.append(makeRecords(11, 10));
  const split = [
    [11, 12],
    [15, 15],
    [18, 20],
  ] as const;
  const rest = [
    [13, 14],
    [16, 17],
  ] as const;
  await a.commit({ settled: split, receipt: { ranges: split, at: 1, attempts: 2, statusCode: 202 } });
  await a.commit({ settled: rest, receipt: { ranges: rest, at: 2, attempts: 1 } });
  await b.commit({ settled: [[11, 20]], receipt: { ranges: [[11, 20]], at: 3, attempts: 1, statusCode: 200 } });
  using reader = new JournalReader(folder.path);
  const found = (position: number): readonly (string | number)[][] =>
    reader.receipts(position).map(({ cursor, at, attempts, statusCode }) => [cursor, at, attempts, statusCode ?? 0]);
  const [first, second, other] = [
    ['a', 1, 2, 202],
    ['a', 2, 1, 0],
    ['b', 3, 1, 200],
  ];
  for (const position of [11, 12, 15, 18, 20]) expect(found(position)).toEqual([first, other]);
  for (const position of [13, 14, 16, 17]) expect(found(position)).toEqual([second, other]);
  for (const position of [10, 21]) expect(found(position)).toEqual([]);
  await journal.close();
});

test('summary: what there is, at one moment, while the journal is open for writing', async () => {
  using folder = new JournalFolder();
  const clock = new ManualClock(START);
  const journal = new SqliteJournal({ path: folder.path, clock });
  await journal.open(SILENT);
  using reader = new JournalReader(folder.path);
  expect(reader.summary()).toMatchObject({ layoutVersion: 1, events: 0, head: 0, cursors: [], deadLetters: {} });
  expect(reader.summary().oldestAt).toBeUndefined();
  const cursor = await journal.openCursor('a', NOBODY);
  await journal.append(makeRecords(1, 10), START + 1);
  await clock.advance(5_000);
  await journal.append(makeRecords(11, 10), START + 2);
  const gap = { from: START - 9, to: START - 3, cause: 'test' };
  await journal.recordGap(gap);
  const letter = {
    destination: 'a',
    text: '{}',
    code: 'DEST_REJECTED',
    reason: 'no',
    attempts: 1,
    firstAt: 1,
    lastAt: 2,
  };
  await cursor.commit({
    settled: [[1, 4]],
    deadLetters: [
      { ...letter, code: 'DEST_REJECTED', eventId: 'e1' },
      { ...letter, code: 'DEST_REJECTED', eventId: 'e2' },
    ],
    open: { id: 6, ranges: [[6, 7]], state: 'x' },
  });
  await journal.deadLetters.addFrame({ ...letter, code: 'NOT_AN_EVENT', destination: 'stream' });
  expect(reader.summary()).toEqual({
    layoutVersion: 1,
    events: 20,
    head: 20,
    oldestAt: START,
    newestAt: START + 5_000,
    heardUntil: START + 2,
    bytes: journal.stats().bytes,
    cursors: [{ name: 'a', lag: 16, openBatches: 1 }],
    deadLetters: { a: 2, stream: 1 },
    gaps: [gap],
    overruns: [],
    damagedRows: 0,
  });
  expect(reader.deadLetters({ destination: 'a', after: 1 }).map(({ number }) => number)).toEqual([2]);
  expect(reader.deadLetters({ limit: 2 }).map(({ number }) => number)).toEqual([1, 2]);
  expect(reader.deadLettersOf('e2').map(({ number }) => number)).toEqual([2]);
  expect(reader.deadLettersOf('e').length).toBe(0);
  expect([reader.deadLetter(3)?.destination, reader.deadLetter(4)]).toEqual(['stream', undefined]);
  await journal.close();
});

test('reading goes on while the writer deletes events and empties its log', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path, retainMs: 0, maxBytes: 200_000 });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', NOBODY);
  await journal.append(makeRecords(1, 100));
  using reader = new JournalReader(folder.path);
  const events = reader.events();
  expect(events.next().value?.position).toBe(1);
  for (let made = 100; made < 5_000; made += 100) {
    await journal.append(makeRecords(made + 1, 100));
    await cursor.read(100);
    await cursor.commit({ settled: [[1, made]], receipt: { ranges: [[made - 99, made]], at: 1, attempts: 1 } });
    expect(reader.summary().head).toBe(made + 100);
    expect(reader.find(`e${made + 100}`)?.position).toBe(made + 100);
  }
  const positions = Array.from(events, ({ position }) => position);
  expect(positions).toEqual(positions.toSorted((one, other) => one - other));
  expect(positions.at(-1)).toBe(5_000);
  expect(isSound(verify(reader))).toBe(true);
  expect(statSync(`${folder.path}-wal`).size).toBeLessThan(20_000_000);
  await journal.close();
});

test('it works after the writer has closed, and changes nothing', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.append(makeRecords(1, 10));
  await journal.close();
  const before = readFileSync(folder.path);
  {
    using reader = new JournalReader(folder.path);
    expect(reader.find('e10')?.position).toBe(10);
    expect(isSound(verify(reader))).toBe(true);
  }
  expect(readFileSync(folder.path).equals(before)).toBe(true);
  await journal.open(SILENT); // No lock is left.
  await journal.close();
});

test('verify: finds the rows that are damaged, and events that are missing', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', NOBODY);
  for (let group = 0; group < 5; group++) await journal.append(makeRecords(1 + group * 10, 10));
  const receipt = { ranges: [[1, 3]] as const, at: 1, attempts: 1 };
  await cursor.commit({ settled: [[1, 3]], receipt });
  await journal.close();
  const database = new DatabaseSync(folder.path);
  database.exec("UPDATE groups SET texts = replace(texts, 'created', 'revoked') WHERE first = 11");
  database.exec('DELETE FROM groups WHERE first = 31');
  database.exec('UPDATE receipts SET crc = crc + 1');
  database.exec('UPDATE cursors SET crc = crc + 1');
  database.close();
  using reader = new JournalReader(folder.path);
  const damage = verify(reader);
  expect(isSound(damage)).toBe(false);
  expect(damage).toMatchObject({
    damagedRows: { groups: 1, receipts: 1, cursors: 1 },
    damagedEvents: 10,
    missing: [[31, 40]],
    structure: [],
  });
  expect(reader.summary().damagedRows).toBe(1);
  expect(reader.find('e12')).toMatchObject({ position: 12, text: undefined });
  expect(reader.find('e31')).toBeUndefined();
});

test('verify: says so when the structure of the file is broken', async () => {
  using folder = new JournalFolder();
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  for (let group = 0; group < 100; group++) await journal.append(makeRecords(1 + group * 10, 10));
  await journal.close();
  const bytes = readFileSync(folder.path);
  // Every tenth page but the first ones, which tell what this file is.
  for (let page = 20; page * 4_096 < bytes.length; page += 10) bytes.fill(0xff, page * 4_096, (page + 1) * 4_096);
  writeFileSync(folder.path, bytes);
  using reader = new JournalReader(folder.path);
  const damage = verify(reader);
  expect(isSound(damage)).toBe(false);
  expect(damage.structure).toContain('groups: not all rows can be read');
});

test('a file that is none, no journal, or of a later version is refused with a message that says so', async () => {
  using folder = new JournalFolder();
  const path = (name: string): string => join(folder.folder, name);
  const open = (name: string) => (): JournalReader => new JournalReader(path(name));
  expect(open('missing.db')).toThrow(refusal('no such file'));
  writeFileSync(path('empty.db'), '');
  expect(open('empty.db')).toThrow(refusal('is no journal'));
  writeFileSync(path('text.db'), 'a text that is long enough to be taken for the header of a database'.repeat(9));
  expect(open('text.db')).toThrow(refusal('is no journal'));
  const other = new DatabaseSync(path('other.db'));
  other.exec('CREATE TABLE t (a)');
  other.close();
  expect(open('other.db')).toThrow(refusal('is no journal'));
  expect(() => new JournalReader(folder.folder)).toThrow(refusal('no such file'));

  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.append(makeRecords(1, 1));
  await journal.close();
  const later = new DatabaseSync(folder.path);
  later.exec('PRAGMA user_version=99');
  later.close();
  {
    // The header's number alone has no checksum: it is damaged.
    using reader = new JournalReader(folder.path);
    expect(reader.find('e1')?.position).toBe(1);
  }
  const updated = new DatabaseSync(folder.path);
  updated.exec("DELETE FROM state WHERE name = 'layout'");
  updated.close();
  expect(() => new JournalReader(folder.path)).toThrow(refusal('later version'));
  appendFileSync(path('empty.db'), '\0'.repeat(4_096));
  expect(open('empty.db')).toThrow(refusal('is no journal'));
});
