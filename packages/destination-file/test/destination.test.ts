import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NewDeadLetter } from '@grantex/core';
import { expect, test, vi } from 'vitest';
import { FaultyFiles, systemError } from './faulty-files.js';
import { deliver, destinationFor, eventsOf, Folder, idsIn, idsOf, recordingLogger } from './rig.js';

test('check(): a new file in a directory that can be written; nothing is left behind', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  expect(await destination.check()).toEqual({ ok: true, message: `${folder.file} can be written` });
  expect(folder.names).toEqual([]);
  await deliver(destination, eventsOf(1));
  expect(await destination.check()).toMatchObject({ ok: true });
  expect(folder.names).toEqual(['audit.ndjson']);
});

test.each([
  [
    'a missing directory',
    (folder: Folder) => join(folder.path, 'no', 'audit.ndjson'),
    'ENOENT',
    'create it, or check path',
  ],
  ['a directory', (folder: Folder) => folder.path, 'ENOTFILE', 'something else than a file'],
  [
    'a file for a directory',
    (folder: Folder) => {
      folder.write('');
      return join(folder.file, 'audit.ndjson');
    },
    'ENOTDIR',
    'a part of it is a file',
  ],
  ['a device', () => '/dev/null', 'ENOTFILE', 'something else than a file'],
  ['a name that is too long', (folder: Folder) => join(folder.path, 'x'.repeat(300)), 'ENAMETOOLONG', 'too long'],
  [
    'a link in a circle',
    (folder: Folder) => {
      symlinkSync(folder.file, folder.file);
      return folder.file;
    },
    'ELOOP',
    'lead in a circle',
  ],
])('check() and sendTest(): %s', async (_what, make, code, says) => {
  using folder = new Folder();
  const path = make(folder);
  await using destination = destinationFor(path);
  for (const result of [await destination.check(), await destination.sendTest()]) {
    expect(result).toMatchObject({
      ok: false,
      message: expect.stringMatching(new RegExp(`cannot be written \\(${code}\\)`)),
    });
    expect(result.message).toContain(path);
    expect(result.message).toContain(says);
  }
});

test.each(['EACCES', 'EROFS', 'ENOSPC', 'EIO'])('check(): %s', async (code) => {
  using folder = new Folder();
  const files = new FaultyFiles();
  files.fail(code, code === 'ENOSPC' || code === 'EIO' ? 'write' : 'open');
  await using destination = destinationFor(folder.file, {}, files);
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining(code) });
  files.mend();
  expect(folder.names).toEqual([]);
});

test('check() and sendTest(): a directory that this user may not write', async () => {
  using folder = new Folder();
  chmodSync(folder.path, 0o555);
  await using destination = destinationFor(folder.file);
  // Root may write everywhere, so it is somebody else for a moment.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  const results = await Promise.all([destination.check(), destination.sendTest()]).finally(() => {
    if (isRoot) process.seteuid?.(0);
  });
  for (const result of results) {
    expect(result).toEqual(
      expect.objectContaining({
        ok: false,
        message: expect.stringMatching(
          /cannot be written \(EACCES\): .* check the rights of the file and of its directory/,
        ),
      }),
    );
  }
  expect(folder.names).toEqual([]);
});

test('check(): a file that is ours in a directory that is not is enough, unless it has to be renamed', async () => {
  using folder = new Folder();
  folder.write('');
  const files = new FaultyFiles();
  const open = files.open.bind(files);
  files.open = async (path, ...rest) => {
    if (path !== folder.file) throw systemError('EACCES');
    return open(path, ...rest);
  };
  await using destination = destinationFor(folder.file, {}, files);
  expect(await destination.check()).toMatchObject({ ok: true });
  await using rotating = destinationFor(folder.file, { rotate: 'day' }, files);
  expect(await rotating.check()).toMatchObject({ ok: false, message: expect.stringContaining('EACCES') });
});

test('sendTest() writes one event, and says how it is found', async () => {
  using folder = new Folder();
  const file = join(folder.path, "it's.ndjson");
  await using destination = destinationFor(file);
  const result = await destination.sendTest();
  expect(result).toEqual({
    ok: true,
    message: 'accepted',
    eventId: expect.stringMatching(/^evt_/),
    query: `grep ${result.eventId} '${folder.path}/it'\\''s.ndjson'`,
  });
  expect(idsIn(folder.read("it's.ndjson"))).toEqual([result.eventId]);
});

test.each([
  ['a missing directory', (path: string) => mkdirSync(path), 'ENOENT'],
  [
    'a directory that is a file',
    (path: string) => {
      rmSync(path);
      mkdirSync(path);
    },
    'ENOTDIR',
  ],
])('%s holds, says what to mend once, and goes on by itself', async (_what, mend, code) => {
  using folder = new Folder();
  const directory = join(folder.path, 'log');
  if (code === 'ENOTDIR') writeFileSync(directory, '');
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(join(directory, 'audit.ndjson'), {
    logger,
    onDeadLetter: (letter) => void letters.push(letter),
  });
  const events = eventsOf(1_500);
  await destination.send(events);
  const flushed = destination.flush();
  for (let asked = 0; asked < 5; asked++) expect(await destination.sendTest()).toMatchObject({ ok: false });
  mend(directory);
  await flushed;
  expect(idsIn(folder.read('log/audit.ndjson'))).toEqual(idsOf(events));
  expect(letters).toEqual([]);
  expect(logger.lines).toEqual([
    expect.stringMatching(new RegExp(`^warn file: holding, nothing is lost. .*\\(${code}\\)`)),
    'info file: delivering again {}',
  ]);
});

test('a write that takes longer than an attempt is waited for, and not done twice', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  const { promise: hanging, resolve: resume } = Promise.withResolvers<void>();
  files.before('write', () => hanging);
  const logger = recordingLogger();
  await using destination = destinationFor(folder.file, { timeoutMs: 20, logger }, files);
  const events = eventsOf(3);
  await destination.send(events);
  const flushed = destination.flush();
  // Told after the third attempt.
  await vi.waitUntil(() => logger.lines.length > 0, 4_000);
  expect(logger.lines).toEqual([expect.stringContaining('no answer within 20 ms')]);
  resume();
  await flushed;
  // A write that was begun twice would be done by now, before that of the next batch.
  const [next] = eventsOf(4).slice(3);
  if (next === undefined) throw new Error('no events');
  await deliver(destination, [next]);
  expect(idsIn(folder.read())).toEqual(idsOf([...events, next]));
});

test('close() does not wait for a write that hangs', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  const { promise: hanging, resolve: resume } = Promise.withResolvers<void>();
  files.before('write', () => hanging);
  const destination = destinationFor(folder.file, { timeoutMs: 20 }, files);
  expect(await destination.sendTest()).toMatchObject({ ok: false });
  await destination.close();
  resume();
});
