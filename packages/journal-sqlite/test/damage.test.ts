import type { EventRecord } from '@grantex/core';
import { seededRandom } from './seeded-random.js';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

const SEEDS = 300;
const EVENTS = 400;
/** Little, so that the ballast is quickly written. */
const MAX_BYTES = 8_388_608;

/** A journal of 400 events in groups of 1 to 12, half of them in the log only, and what was appended, by position. */
async function makeJournal(
  path: string,
  isChecked: boolean,
): Promise<{ journal: SqliteJournal; records: EventRecord[] }> {
  const journal = new SqliteJournal({ path, maxBytes: MAX_BYTES });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  await journal.openCursor('b', { onReadable: () => {} });
  const records: EventRecord[] = [];
  const random = seededRandom(1);
  while (records.length < EVENTS) {
    const group = makeRecords(records.length + 1, 1 + Math.floor(random() * 12), 200 + Math.floor(random() * 2_000));
    await journal.append(group, records.length);
    records.push(...group);
    if (isChecked && records.length > EVENTS / 2 && records.length < EVENTS / 2 + 13) await checkpoint(path);
  }
  await cursor.read(50);
  await cursor.commit({ settled: [[1, 30]] });
  await journal.recordGap({ from: 1, to: 2, cause: 'test' });
  return { journal, records };
}

async function checkpoint(path: string): Promise<void> {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
}

function flip(path: string, at: number, length: number, random: () => number): void {
  const file = openSync(path, 'r+');
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, at);
  for (let index = 0; index < length; index++) bytes[index] = Math.floor(random() * 256);
  writeSync(file, bytes, 0, length, at);
  closeSync(file);
}

/** Reads all there is; fails when anything is not as it was appended. Returns how many events were read. */
async function checkWhole(path: string, records: readonly EventRecord[]): Promise<number> {
  const journal = new SqliteJournal({ path, maxBytes: MAX_BYTES });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('b', { from: 'oldest', onReadable: () => {} });
  let last = 0;
  let count = 0;
  for (let read = await cursor.read(50); read.length > 0; read = await cursor.read(50)) {
    for (const { position, id, text } of read) {
      expect(position).toBeGreaterThan(last);
      expect({ position, id, text }).toEqual({ position, id: `e${position}`, text: records[position - 1]?.text });
      last = position;
    }
    count += read.length;
  }
  const [fresh] = makeRecords(0, 1);
  if (fresh === undefined) throw new Error('no record');
  await journal.append([fresh]);
  expect(fresh.position).toBeGreaterThan(last);
  expect((await cursor.read(5)).map(({ text }) => text)).toEqual([fresh.text]);
  await journal.close();
  return count;
}

test(`damage: ${SEEDS} times bytes are overwritten or cut off somewhere: it starts, nothing wrong is read, most is there`, async () => {
  using folder = new JournalFolder();
  const { journal, records } = await makeJournal(folder.path, true);
  let survived = 0;
  let failed = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(seed);
    const path = folder.copy(folder.path);
    const target = random() < 0.7 ? path : `${path}-wal`;
    const { size } = statSync(target);
    const at = Math.floor(random() * size);
    const kind = random();
    if (kind < 0.3) flip(target, at, 1, random);
    else if (kind < 0.5) flip(target, Math.min(at, size - 64), 64, random);
    else if (kind < 0.65) flip(target, Math.floor(at / 4_096) * 4_096, Math.min(4_096, size), () => 0);
    else if (kind < 0.8) truncateSync(target, at);
    else flip(target, Math.floor(random() * 100), 1, random);
    const count = await checkWhole(path, records).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
    });
    survived += count;
    if (count === 0) failed++;
    for (const name of readdirSync(folder.folder)) if (name.startsWith('copy-')) rmSync(`${folder.folder}/${name}`);
  }
  await journal.close();
  expect(survived / (SEEDS * EVENTS)).toBeGreaterThan(0.75);
  expect(failed / SEEDS).toBeLessThan(0.02);
}, 60_000);

test('damage: a missing log, a missing database, an empty one', async () => {
  using folder = new JournalFolder();
  const { journal, records } = await makeJournal(folder.path, true);
  const withoutLog = folder.copy(folder.path);
  rmSync(`${withoutLog}-wal`);
  expect(await checkWhole(withoutLog, records)).toBeGreaterThan(190);
  const withoutDatabase = folder.copy(folder.path);
  rmSync(withoutDatabase);
  expect(await checkWhole(withoutDatabase, records)).toBeGreaterThan(-1);
  const empty = folder.copy(folder.path);
  truncateSync(empty, 0);
  expect(await checkWhole(empty, records)).toBeGreaterThan(-1);
  await journal.close();
});

test('no damage: the power went while the log was written back, and a part of a page is at the end of the database', async () => {
  using folder = new JournalFolder();
  const { journal, records } = await makeJournal(folder.path, true);
  const torn = folder.copy(folder.path);
  writeFileSync(torn, Buffer.alloc(1_024), { flag: 'a' });
  expect(await checkWhole(torn, records)).toBe(records.length);
  expect(readdirSync(folder.folder).filter((name) => name.includes('-damaged-'))).toEqual([]);
  await journal.close();
});

test('damage: the first page is made again, and the damaged file is kept beside', async () => {
  using folder = new JournalFolder();
  const { journal, records } = await makeJournal(folder.path, false);
  await journal.close();
  flip(folder.path, 0, 4_096, seededRandom(1));
  expect(await checkWhole(folder.path, records)).toBe(records.length);
  expect(readdirSync(folder.folder).filter((name) => name.includes('-damaged-'))).toHaveLength(1);
});

test('unusable: a text file, a strange database, and a later layout are refused and left as they are', async () => {
  using folder = new JournalFolder();
  const { DatabaseSync } = await import('node:sqlite');
  writeFileSync(folder.path, 'not a journal, but somebody needs it');
  const refused = { code: 'JOURNAL_UNUSABLE', message: expect.stringContaining(folder.path) as string };
  for (let time = 0; time < 2; time++) {
    await expect(new SqliteJournal({ path: folder.path }).open(SILENT)).rejects.toMatchObject(refused);
  }
  expect(statSync(folder.path).size).toBe(36);
  rmSync(folder.path);
  const strange = new DatabaseSync(folder.path);
  strange.exec('CREATE TABLE people (name TEXT)');
  strange.close();
  await expect(new SqliteJournal({ path: folder.path }).open(SILENT)).rejects.toMatchObject(refused);
  rmSync(folder.path);
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  await journal.close();
  const { sealRow } = await import('../src/checked-row.js');
  const later = new DatabaseSync(folder.path);
  const { crc, value } = sealRow('layout', { version: 99 });
  later.prepare("UPDATE state SET crc = ?, value = ? WHERE name = 'layout'").run(crc, value);
  later.exec('PRAGMA user_version = 99');
  later.close();
  await expect(journal.open(SILENT)).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('99') as string,
  });
  expect(existsSync(folder.path)).toBe(true);
});
