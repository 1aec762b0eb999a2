import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

/** A file system of so many bytes; undefined where none can be mounted. */
function mountSmall(folder: string, bytes: number): ({ readonly path: string } & Disposable) | undefined {
  const path = join(folder, 'small');
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    return undefined; // Only root may do that, and not everywhere.
  }
  return { path, [Symbol.dispose]: () => void execFileSync('umount', ['-l', path]) };
}

/** Fills the rest of the disk, down to the last byte. */
function fill(path: string): void {
  for (let bytes = 4_194_304; bytes >= 512; bytes /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes, 1), { flag: 'a' });
    } catch {
      // No room for a piece of this size.
    }
  }
}

test('disk full: appends are refused, what is there is read and settled, and with room it goes on without a restart', async (context) => {
  using folder = new JournalFolder();
  using disk = mountSmall(folder.folder, 48 * 1_048_576);
  if (disk === undefined) return context.skip('a small tmpfs cannot be mounted here');
  const journal = new SqliteJournal({ path: join(disk.path, 'events.db'), retainMs: 0 });
  await journal.open(SILENT);
  expect(statSync(join(disk.path, 'events.db-ballast')).size).toBe(8_388_608);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  const appended: string[] = [];
  const append = async (count: number): Promise<void> => {
    const records = makeRecords(appended.length + 1, count, 2_000);
    await journal.append(records);
    appended.push(...records.map(({ id }) => id));
  };
  for (let index = 0; index < 40; index++) await append(100);
  fill(join(disk.path, 'other'));
  const failure = await (async () => {
    for (;;) await append(100);
  })().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'JOURNAL_UNUSABLE', message: expect.stringContaining('full') as string });
  expect(journal.stats().isDiskFull).toBe(true);
  expect(existsSync(join(disk.path, 'events.db-ballast'))).toBe(false);
  const ids: string[] = [];
  for (let read = await cursor.read(100); read.length > 0; read = await cursor.read(100)) {
    ids.push(...read.map(({ id }) => id));
    await cursor.commit({ settled: [[read[0]?.position ?? 0, read.at(-1)?.position ?? 0]] });
  }
  expect(ids).toEqual(appended);
  expect(cursor.lag).toBe(0);
  rmSync(join(disk.path, 'other'));
  await append(100);
  expect(journal.stats().isDiskFull).toBe(false);
  expect(statSync(join(disk.path, 'events.db-ballast')).size).toBe(8_388_608);
  expect((await cursor.read(1_000)).map(({ id }) => id)).toEqual(appended.slice(-100));
  await journal.close();
});

test('disk full: what was settled makes room by itself', async (context) => {
  using folder = new JournalFolder();
  using disk = mountSmall(folder.folder, 48 * 1_048_576);
  if (disk === undefined) return context.skip('a small tmpfs cannot be mounted here');
  const journal = new SqliteJournal({ path: join(disk.path, 'events.db') });
  await journal.open(SILENT);
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  let refused = 0;
  for (let made = 0, attempts = 0; made < 60_000 && attempts < 5_000; attempts++) {
    try {
      await journal.append(makeRecords(made + 1, 100, 2_000));
      made += 100;
    } catch {
      refused++;
    }
    const read = await cursor.read(100);
    if (read.length > 0) await cursor.commit({ settled: [[1, read.at(-1)?.position ?? 0]] });
  }
  expect(journal.stats().head).toBe(60_000);
  expect(refused).toBeGreaterThan(0);
  expect(cursor.lag).toBe(0);
  await journal.close();
});
