import fs from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import { SqliteJournal } from '../src/index.js';
import { Checkpointer } from '../src/checkpointer.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

type Done = (error: NodeJS.ErrnoException | null) => void;

// A disk cannot be made to hesitate or to fail at a moment of our choice, so the system call is.
const sync = fs.fdatasync;
afterEach(() => {
  fs.fdatasync = sync;
});

/** The next syncs wait until they are let go. */
function holdSyncs(): { readonly held: (() => void)[] } {
  const held: (() => void)[] = [];
  fs.fdatasync = ((descriptor: number, done: Done) =>
    held.push(() => sync(descriptor, done))) as unknown as typeof sync;
  return { held };
}

/** The next sync fails, once. */
function failOneSync(code: 'EIO' | 'ENOSPC'): void {
  fs.fdatasync = ((_descriptor: number, done: Done) => {
    fs.fdatasync = sync;
    setImmediate(done, Object.assign(new Error(`${code}: the disk refused`), { code }));
  }) as typeof sync;
}

async function openJournal(folder: JournalFolder) {
  const journal = new SqliteJournal({ path: folder.path });
  await journal.open(SILENT);
  const announced: number[] = [];
  const cursor = await journal.openCursor('a', { onReadable: (unread) => announced.push(unread) });
  const readIds = async (): Promise<string[]> => (await cursor.read(1_000)).map(({ id }) => id);
  return { journal, cursor, announced, readIds };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('an append counts when its sync has ended, and the event loop goes on meanwhile', async () => {
  using folder = new JournalFolder();
  const { journal, announced, readIds } = await openJournal(folder);
  const { held } = holdSyncs();
  let isAppended = false;
  const appending = journal.append(makeRecords(1, 2)).then(() => (isAppended = true));
  for (let turns = 0; turns < 10; turns++) await turn();
  expect(held).toHaveLength(1);
  expect({ isAppended, announced, head: journal.stats().head, read: await readIds() }).toEqual({
    isAppended: false,
    announced: [],
    head: 0,
    read: [],
  });
  held[0]?.();
  await appending;
  expect(announced).toEqual([2]);
  expect(await readIds()).toEqual(['e1', 'e2']);
  await journal.close();
});

test('what is appended meanwhile follows in order, and a commit does not wait', async () => {
  using folder = new JournalFolder();
  const { journal, cursor, readIds } = await openJournal(folder);
  await journal.append(makeRecords(1, 1));
  expect(await readIds()).toEqual(['e1']);
  const { held } = holdSyncs();
  const appending = [journal.append(makeRecords(2, 1)), journal.append(makeRecords(3, 1))];
  await turn();
  await cursor.commit({ settled: [[1, 1]] });
  expect(cursor.lag).toBe(0);
  fs.fdatasync = sync;
  held[0]?.();
  await Promise.all(appending);
  expect(await readIds()).toEqual(['e2', 'e3']);
  await journal.close();
});

test.each([
  { code: 'EIO', expected: { message: 'EIO: the disk refused' } },
  { code: 'ENOSPC', expected: { code: 'JOURNAL_UNUSABLE', message: expect.stringContaining('is full') as string } },
] as const)(
  'a sync that fails with $code: nothing counts, and done again it counts once',
  async ({ code, expected }) => {
    using folder = new JournalFolder();
    const { journal, announced, readIds } = await openJournal(folder);
    await journal.append(makeRecords(1, 1));
    failOneSync(code);
    await expect(journal.append(makeRecords(2, 2))).rejects.toMatchObject(expected);
    expect(announced).toEqual([1]);
    expect(journal.stats().head).toBe(1);
    await journal.append(makeRecords(2, 2));
    expect(await readIds()).toEqual(['e1', 'e2', 'e3']);
    await journal.close();
    const { recentIds } = await journal.open(SILENT);
    expect(recentIds).toEqual(['e1', 'e2', 'e3']);
    expect(journal.stats().head).toBe(3);
    await journal.close();
  },
);

test('after a sync that failed the log is not trusted: what it holds is written back before anything else counts', async () => {
  using folder = new JournalFolder();
  const { journal } = await openJournal(folder);
  await journal.append(makeRecords(1, 1));
  failOneSync('EIO');
  await expect(journal.append(makeRecords(2, 1))).rejects.toThrow('EIO');
  const { held } = holdSyncs();
  const appending = journal.append(makeRecords(2, 1));
  await turn();
  // SQLite syncs what it writes back. Without the log the database alone has what was in it.
  fs.copyFileSync(folder.path, `${folder.path}.copy`);
  const database = new DatabaseSync(`${folder.path}.copy`);
  expect(database.prepare('SELECT first FROM groups ORDER BY first').all()).toMatchObject([{ first: 1 }, { first: 2 }]);
  database.close();
  held[0]?.();
  await appending;
  await journal.close();
});

test('close: waits for the append that is on its way to the disk', async () => {
  using folder = new JournalFolder();
  const { journal } = await openJournal(folder);
  const { held } = holdSyncs();
  const appending = journal.append(makeRecords(1, 1));
  await turn();
  let isClosed = false;
  const closing = journal.close().then(() => (isClosed = true));
  await turn();
  expect(isClosed).toBe(false);
  held[0]?.();
  await Promise.all([appending, closing]);
  expect(await journal.open(SILENT)).toMatchObject({ recentIds: ['e1'] });
  await journal.close();
});

test('the log is written back beside the main thread while events go through', async () => {
  using folder = new JournalFolder();
  const { journal, cursor } = await openJournal(folder);
  let longest = 0;
  for (let made = 0; made < 40_000; made += 400) {
    await journal.append(makeRecords(made + 1, 400, 1_000));
    const read = await cursor.read(400);
    await cursor.commit({ settled: [[1, read.at(-1)?.position ?? 0]] });
    longest = Math.max(longest, fs.statSync(`${folder.path}-wal`).size);
  }
  expect(fs.statSync(folder.path).size).toBeGreaterThan(30_000_000);
  // From 6.3 MB on SQLite does it in the main thread.
  expect(longest).toBeLessThan(6_000_000);
  await journal.close();
});

test('the thread: says whether all was written back, and lets go of the file', async () => {
  using folder = new JournalFolder();
  const database = new DatabaseSync(folder.path);
  database.exec('PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t (text)');
  const write = (): void => void database.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(100_000));
  write();
  const checkpointer = new Checkpointer(folder.path);
  const running = checkpointer.run();
  checkpointer.waitUntilIdle(); // Also while the thread has not begun yet.
  expect(fs.statSync(folder.path).size).toBeGreaterThan(100_000);
  expect(await running).toBe(true);
  expect(checkpointer.running).toBeUndefined();

  write();
  const reader = new DatabaseSync(folder.path);
  reader.exec('BEGIN; SELECT count(*) FROM t');
  write();
  expect(await checkpointer.run()).toBe(false); // The reader sees the database as it was before.
  reader.close();
  expect(await checkpointer.run()).toBe(true);
  await checkpointer.close();
  database.close();
});

test('the thread: once closed it does not begin again', async () => {
  using folder = new JournalFolder();
  new DatabaseSync(folder.path).exec('PRAGMA journal_mode=WAL; CREATE TABLE t (text)');
  const checkpointer = new Checkpointer(folder.path);
  const running = checkpointer.run();
  await checkpointer.close();
  expect(await running).toBe(true);
  expect(await checkpointer.run()).toBe(false);
});

test('the thread: a database that cannot be opened is left to others', async () => {
  using folder = new JournalFolder();
  const checkpointer = new Checkpointer(`${folder.path}/nowhere`);
  expect(await checkpointer.run()).toBe(false);
  await checkpointer.close();
});
