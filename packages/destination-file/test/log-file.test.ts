import {
  appendFileSync,
  chmodSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { ManualClock } from '@grantex/testing';
import { expect, test } from 'vitest';
import { FaultyFiles, systemError } from './faulty-files.js';
import { deliver, destinationFor, eventsOf, Folder, idsIn, idsOf, linesOf, recordingLogger } from './rig.js';

const HALF_LINE = '{"id":"evt_0","type":"grant.cr';

test('each event is a line of its own, in order; the file is there for its user and its group', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  const events = eventsOf(2_500);
  await deliver(destination, events);
  expect(folder.read()).toBe(linesOf(events));
  expect(statSync(folder.file).mode & 0o777).toBe(0o640 & ~process.umask());
});

test('what is there stays there, over restarts', async () => {
  using folder = new Folder();
  const events = eventsOf(9);
  for (const part of [0, 3, 6]) {
    await using destination = destinationFor(folder.file);
    await deliver(destination, events.slice(part, part + 3));
  }
  expect(folder.read()).toBe(linesOf(events));
});

test('a half line of an earlier crash is cut off at the start, and told', async () => {
  using folder = new Folder();
  const [before, ...events] = eventsOf(4);
  if (before === undefined) throw new Error('no events');
  folder.write(`${linesOf([before])}${HALF_LINE}`);
  const logger = recordingLogger();
  await using destination = destinationFor(folder.file, { logger });
  await deliver(destination, events);
  expect(folder.read()).toBe(linesOf([before, ...events]));
  expect(logger.lines).toEqual([
    `warn file: ${folder.file} ended with ${HALF_LINE.length} bytes of an unfinished line, which were cut off {}`,
  ]);
});

test('a whole line without its line feed gets one, and is told', async () => {
  using folder = new Folder();
  const [before, ...events] = eventsOf(4);
  folder.write(JSON.stringify(before));
  const logger = recordingLogger();
  await using destination = destinationFor(folder.file, { logger });
  await deliver(destination, events);
  expect(idsIn(folder.read())).toEqual([before?.id, ...idsOf(events)]);
  expect(logger.lines).toEqual([`warn file: the last line of ${folder.file} had no line feed, and has one now {}`]);
});

test('a half line that another process leaves later does not spoil ours', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  const events = eventsOf(4);
  await deliver(destination, events.slice(0, 2));
  appendFileSync(folder.file, HALF_LINE);
  await deliver(destination, events.slice(2));
  expect(folder.read()).toBe(`${linesOf(events.slice(0, 2))}${HALF_LINE}\n${linesOf(events.slice(2))}`);
});

test.each([
  ['ENOSPC', 'after a part', (files: FaultyFiles) => (files.room = 100)],
  ['ENOSPC', 'at once', (files: FaultyFiles) => (files.room = 0)],
  ['EIO', 'when it is synced', (files: FaultyFiles) => files.fail('EIO', 'datasync')],
])('a write that fails with %s, %s, leaves nothing behind and is done again', async (_code, _when, fail) => {
  using folder = new Folder();
  const files = new FaultyFiles();
  await using destination = destinationFor(folder.file, {}, files);
  const events = eventsOf(20);
  await deliver(destination, events.slice(0, 5));
  const good = folder.read();
  fail(files);
  await destination.send(events.slice(5));
  const flushed = destination.flush();
  expect(await destination.sendTest()).toMatchObject({ ok: false, message: expect.stringContaining(folder.file) });
  expect(folder.read()).toBe(good);
  files.mend();
  await flushed;
  expect(folder.read()).toBe(linesOf(events));
});

test('what cannot be taken back is cut off when the file is opened again', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  await using destination = destinationFor(folder.file, {}, files);
  const events = eventsOf(20);
  await deliver(destination, events.slice(0, 5));
  const good = folder.read();
  files.room = 100;
  files.fail('EIO', 'truncate');
  expect(await destination.sendTest()).toMatchObject({ ok: false, message: expect.stringContaining('ENOSPC') });
  expect(folder.read()).toHaveLength(good.length + 100);
  files.mend();
  await deliver(destination, events.slice(5));
  expect(folder.read()).toBe(linesOf(events));
});

test('what somebody else has written behind a failed write is not cut off; ours comes twice', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  const [ours, other] = eventsOf(2);
  if (ours === undefined || other === undefined) throw new Error('no events');
  files.before('datasync', async () => {
    appendFileSync(folder.file, linesOf([other]));
    files.mend();
    throw systemError('EIO');
  });
  await using destination = destinationFor(folder.file, {}, files);
  await deliver(destination, [ours]);
  expect(folder.read()).toBe(linesOf([ours, other, ours]));
});

test('maxFileBytes: a file that would become larger is renamed before; none is larger, none is lost', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file, { maxFileBytes: 5_000, batchSize: 7 });
  const events = eventsOf(200);
  await deliver(destination, events);
  expect(folder.ids()).toEqual(idsOf(events));
  const sizes = folder.names.map((name) => folder.read(name).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000);
  expect(folder.rotated.length).toBeGreaterThan(5);
  expect(folder.rotated.every((name) => /^audit\.ndjson\.\d{4}-\d\d-\d\dT\d{6}\.\d{3}Z(-\d+)?$/.test(name))).toBe(true);
});

test('keepFiles: the newest are kept, and nothing else of the directory is touched', async () => {
  using folder = new Folder();
  const clock = new ManualClock(Date.UTC(2026, 2, 1));
  const foreign = join(folder.path, 'audit.ndjson.2020-01-01T000000.000Z.gz');
  appendFileSync(foreign, 'x');
  await using destination = destinationFor(folder.file, {
    maxFileBytes: 2_000,
    maxBatchBytes: 1_500,
    keepFiles: 3,
    flushIntervalMs: 0,
    clock,
  });
  const events = eventsOf(100);
  for (const [index] of events.entries()) {
    if (index % 4 !== 0) continue;
    await deliver(destination, events.slice(index, index + 4));
    await clock.advance(1_000);
  }
  expect(existsSync(foreign)).toBe(true);
  rmSync(foreign);
  expect(folder.rotated).toHaveLength(3);
  const ids = folder.ids();
  expect(ids).toEqual(idsOf(events).slice(-ids.length));
});

test('keepFiles: what cannot be deleted is told, and the delivery goes on', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  files.fail('EACCES', 'unlink');
  const logger = recordingLogger();
  await using destination = destinationFor(folder.file, { maxFileBytes: 2_000, keepFiles: 1, logger }, files);
  const events = eventsOf(40);
  await deliver(destination, events);
  expect(folder.ids()).toEqual(idsOf(events));
  expect(logger.lines.length).toBeGreaterThan(0);
  for (const line of logger.lines) expect(line).toMatch(/^warn file: old files in .* cannot be deleted: .*EACCES/);
  files.mend();
});

test.each([
  ['hour', 3_600_000],
  ['day', 86_400_000],
] as const)('rotate: %s: a file has the events of one, and its name the time of its last line', async (rotate, ms) => {
  using folder = new Folder();
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 12, 30));
  await using destination = destinationFor(folder.file, { rotate, clock, flushIntervalMs: 0 });
  const events = eventsOf(8);
  for (const part of [0, 2, 4, 6]) {
    await deliver(destination, events.slice(part, part + 2));
    // Within the first, into the next, and two further.
    await clock.advance([60_000, ms, 2 * ms][part / 2] ?? 0);
  }
  const stamps = [60_000, 60_000 + ms].map((later) =>
    new Date(Date.UTC(2026, 2, 1, 12, 30) + later).toISOString().replaceAll(':', ''),
  );
  expect(folder.rotated).toEqual(stamps.map((stamp) => `audit.ndjson.${stamp}`));
  expect([...folder.rotated, 'audit.ndjson'].map((name) => idsIn(folder.read(name)))).toEqual([
    idsOf(events.slice(0, 4)),
    idsOf(events.slice(4, 6)),
    idsOf(events.slice(6)),
  ]);
});

test('rotate: a file of yesterday is renamed by the first line after a restart, and its rights go on', async () => {
  using folder = new Folder();
  const [old, ...events] = eventsOf(4);
  if (old === undefined) throw new Error('no events');
  folder.write(linesOf([old]));
  const yesterday = new Date(Date.now() - 86_400_000);
  utimesSync(folder.file, yesterday, yesterday);
  chmodSync(folder.file, 0o604);
  await using destination = destinationFor(folder.file, { rotate: 'day' });
  await deliver(destination, events);
  expect(folder.rotated).toEqual([`audit.ndjson.${yesterday.toISOString().replaceAll(':', '')}`]);
  expect(folder.read()).toBe(linesOf(events));
  expect(statSync(folder.file).mode & 0o777).toBe(0o604);
});

test('two files of one moment have names of their own', async () => {
  using folder = new Folder();
  const clock = new ManualClock(Date.UTC(2026, 2, 1));
  await using destination = destinationFor(folder.file, { maxFileBytes: 1_000, maxBatchBytes: 400, clock });
  const events = eventsOf(20);
  await deliver(destination, events);
  expect(folder.rotated.filter((name) => name.includes('2026-03-01T000000.000Z')).length).toBeGreaterThan(2);
  expect(folder.rotated.flatMap((name) => idsIn(folder.read(name))).length).toBeGreaterThan(5);
  expect(folder.ids().toSorted()).toEqual(idsOf(events).toSorted());
});

test('logrotate: after a rename the next lines go to a new file', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  const events = eventsOf(6);
  await deliver(destination, events.slice(0, 3));
  renameSync(folder.file, `${folder.file}.1`);
  await deliver(destination, events.slice(3));
  expect([folder.read('audit.ndjson.1'), folder.read()]).toEqual([
    linesOf(events.slice(0, 3)),
    linesOf(events.slice(3)),
  ]);
});

test('logrotate: a file that it has made itself is used, with its rights', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  const events = eventsOf(6);
  await deliver(destination, events.slice(0, 3));
  renameSync(folder.file, `${folder.file}.1`);
  folder.write('');
  chmodSync(folder.file, 0o600);
  await deliver(destination, events.slice(3));
  expect(folder.read()).toBe(linesOf(events.slice(3)));
  expect(statSync(folder.file).mode & 0o777).toBe(0o600);
});

test('logrotate with copytruncate: the file begins anew at its beginning', async () => {
  using folder = new Folder();
  await using destination = destinationFor(folder.file);
  const events = eventsOf(6);
  await deliver(destination, events.slice(0, 3));
  truncateSync(folder.file);
  await deliver(destination, events.slice(3));
  expect(folder.read()).toBe(linesOf(events.slice(3)));
});

test('a file that is deleted while it is written is written again', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  await using destination = destinationFor(folder.file, {}, files);
  const events = eventsOf(6);
  await deliver(destination, events.slice(0, 3));
  files.before('write', async () => {
    rmSync(folder.file);
    files.mend();
  });
  await deliver(destination, events.slice(3));
  expect(readFileSync(folder.file, 'utf8')).toBe(linesOf(events.slice(3)));
});

test('two writers on one file: every line is whole', async () => {
  using folder = new Folder();
  await using one = destinationFor(folder.file, { batchSize: 20, fsync: false });
  await using other = destinationFor(folder.file, { batchSize: 30, fsync: false });
  const events = eventsOf(4_000);
  await Promise.all([deliver(one, events.slice(0, 2_000)), deliver(other, events.slice(2_000))]);
  const ids = idsIn(folder.read());
  expect(ids.toSorted()).toEqual(idsOf(events).toSorted());
  const ofOne = new Set(idsOf(events.slice(0, 2_000)));
  expect(ids.filter((id) => ofOne.has(id))).toEqual([...ofOne]);
});

test('fsync: false asks for none', async () => {
  using folder = new Folder();
  const files = new FaultyFiles();
  files.fail('EIO', 'datasync', 'sync');
  await using destination = destinationFor(folder.file, { fsync: false }, files);
  await deliver(destination, eventsOf(3));
  expect(idsIn(folder.read())).toHaveLength(3);
});
