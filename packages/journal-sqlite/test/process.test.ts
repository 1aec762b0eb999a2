import { systemClock, type EventRecord } from '@grantex/core';
import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JournalReader, SqliteJournal } from '../src/index.js';
import { JournalFolder } from './journal-folder.js';
import { makeRecords, SILENT } from './make-events.js';

/** Another process with the journal open, after it has appended some groups of ten. */
async function startProcess(path: string, appends: number): Promise<ChildProcess & AsyncDisposable> {
  const child = fork(join(import.meta.dirname, 'journal-process.ts'), [path, String(appends)], { execArgv: [] });
  await once(child, 'message');
  return Object.assign(child, { [Symbol.asyncDispose]: () => kill(child) });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function idsLeft(journal: SqliteJournal): Promise<string[]> {
  const cursor = await journal.openCursor('a', { onReadable: () => {} });
  const records: EventRecord[] = [];
  for (let read = await cursor.read(64); read.length > 0; read = await cursor.read(64)) records.push(...read);
  return records.map(({ id }) => id);
}

test('lock: another process is told which file is in use; after kill -9 it is free, and everything appended is there', async () => {
  using folder = new JournalFolder();
  await using child = await startProcess(folder.path, 20);
  const journal = new SqliteJournal({ path: folder.path });
  await expect(journal.open(SILENT)).rejects.toMatchObject({
    code: 'JOURNAL_LOCKED',
    message: expect.stringContaining(folder.path) as string,
  });
  await kill(child);
  const { recentIds } = await journal.open(SILENT);
  const expected = makeRecords(1, 200).map(({ id }) => id);
  expect(recentIds).toEqual(expected);
  expect(await idsLeft(journal)).toEqual(expected);
  await journal.close();
});

test('lock: two journals in one process exclude each other, also by another path to the file', async () => {
  using folder = new JournalFolder();
  const one = new SqliteJournal({ path: folder.path });
  await one.open(SILENT);
  const other = new SqliteJournal({
    path: join(folder.folder, '..', folder.folder.split('/').at(-1) ?? '', 'events.db'),
  });
  await expect(other.open(SILENT)).rejects.toMatchObject({ code: 'JOURNAL_LOCKED' });
  await one.close();
  await other.open(SILENT);
  await other.close();
});

test('close: also while the log is about to be written back, in a process that has nothing else to do', () => {
  using folder = new JournalFolder();
  const file = join(import.meta.dirname, 'closing-process.ts');
  for (let turns = 0; turns < 5; turns++) {
    const options = { encoding: 'utf8', timeout: 10_000 } as const;
    expect(execFileSync(process.execPath, [file, folder.path, String(turns)], options)).toBe('closed');
    expect(existsSync(`${folder.path}-wal`)).toBe(false);
  }
});

test('takeover: waits for the lock, and tells meanwhile what the other process appends', async () => {
  using folder = new JournalFolder();
  await using child = await startProcess(folder.path, 1);
  const journal = new SqliteJournal({ path: folder.path });
  const told: string[] = [];
  const opening = journal.open(SILENT, {
    signal: new AbortController().signal,
    onAppended: (ids) => told.push(...ids),
  });
  await systemClock.sleep(120);
  child.send(7);
  await once(child, 'message');
  while (told.length < 7) await systemClock.sleep(10);
  await kill(child);
  const { recentIds } = await opening;
  expect(told).toEqual(makeRecords(11, 7).map(({ id }) => id));
  expect(recentIds).toHaveLength(17);
  await journal.close();
});

test('takeover: ends with the reason of its signal', async () => {
  using folder = new JournalFolder();
  const one = new SqliteJournal({ path: folder.path });
  await one.open(SILENT);
  const ending = new AbortController();
  const other = new SqliteJournal({ path: folder.path });
  const opening = other.open(SILENT, { signal: ending.signal, onAppended: () => {} });
  ending.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
  await one.close();
});

test('readers: other programs may look into the journal while it is written', async () => {
  using folder = new JournalFolder();
  await using child = await startProcess(folder.path, 3);
  using reader = new JournalReader(folder.path);
  expect([...reader.events(5)].map(({ id }) => id)).toEqual(makeRecords(5, 26).map(({ id }) => id));
  child.send(5);
  await once(child, 'message');
  expect([...reader.events(31)].map(({ position }) => position)).toEqual([31, 32, 33, 34, 35]);
  expect(reader.cursors()).toEqual([{ name: 'a', below: 1, ranges: [], open: [] }]);
  expect([reader.deadLetters(), reader.gaps(), reader.overruns()]).toEqual([[], [], []]);
});

const python = (() => {
  try {
    execFileSync('python3', ['-c', 'import sqlite3'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // Not on this machine.
  }
})();

test.skipIf(!python)("readers: Python's sqlite3 counts the events", async () => {
  using folder = new JournalFolder();
  await using child = await startProcess(folder.path, 3);
  const code = `import sqlite3,sys; print(sqlite3.connect("file:"+sys.argv[1]+"?mode=ro", uri=True).execute("select sum(count) from groups").fetchone()[0])`;
  expect(execFileSync('python3', ['-c', code, folder.path], { encoding: 'utf8' }).trim()).toBe('30');
  child.send(1);
  await once(child, 'message');
});
