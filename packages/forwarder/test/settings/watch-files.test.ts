import { link, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchFiles, type FileWatch, type WatchOptions } from '../../src/settings/watch-files.js';

/** No poll comes within a test: what is seen was told by the system. */
const NO_POLL = { settleMs: 50, pollMs: 3_600_000 };

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'watch-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface Watching {
  readonly watch: FileWatch;
  /** How often a change was told. */
  readonly calls: () => number;
  /** Whether one more is told than at the last time, within ten seconds. */
  readonly told: () => Promise<boolean>;
}

function watching(files: readonly string[], options: WatchOptions = NO_POLL): Watching {
  let calls = 0;
  let seen = 0;
  const watch = watchFiles(files, () => calls++, options);
  onTestFinished(() => watch[Symbol.dispose]());
  return {
    watch,
    calls: () => calls,
    told: async () => {
      await vi.waitUntil(() => calls > seen, { timeout: 10_000, interval: 10 }).catch(() => {});
      const told = calls > seen;
      seen = calls;
      return told;
    },
  };
}

test('a file that is written in place', async () => {
  const file = join(await makeFolder(), 'settings.yaml');
  await writeFile(file, 'a');
  const { told } = watching([file]);
  await writeFile(file, 'b');
  expect(await told()).toBe(true);
  await writeFile(file, 'c');
  expect(await told()).toBe(true);
});

test('a file that another is moved over, again and again', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'settings.yaml');
  await writeFile(file, 'a');
  const { told } = watching([file]);
  for (const content of ['b', 'c', 'd']) {
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
    expect(await told()).toBe(true);
  }
});

test('a file that is deleted, and made again', async () => {
  const file = join(await makeFolder(), 'settings.yaml');
  await writeFile(file, 'a');
  const { told } = watching([file]);
  await unlink(file);
  expect(await told()).toBe(true);
  await writeFile(file, 'a');
  expect(await told()).toBe(true);
});

test('a file that was not there, nor its folders', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'later', 'deeper', 'settings.yaml');
  const { told } = watching([file]);
  await mkdir(join(folder, 'later', 'deeper'), { recursive: true });
  await writeFile(file, 'a');
  expect(await told()).toBe(true);
  await writeFile(file, 'ab');
  expect(await told()).toBe(true);
});

test('a folder that vanishes and comes again', async () => {
  const folder = join(await makeFolder(), 'folder');
  const file = join(folder, 'settings.yaml');
  await mkdir(folder);
  await writeFile(file, 'a');
  const { told } = watching([file]);
  for (const content of ['b', 'c']) {
    await rm(folder, { recursive: true });
    expect(await told()).toBe(true);
    await mkdir(folder);
    await writeFile(file, content);
    expect(await told()).toBe(true);
    await writeFile(file, `${content}${content}`);
    expect(await told()).toBe(true);
  }
});

test('a mounted ConfigMap: the link to the folder of data is turned', async () => {
  const mount = await makeFolder();
  const version = async (name: string, content: string): Promise<void> => {
    await mkdir(join(mount, name));
    await writeFile(join(mount, name, 'settings.yaml'), content);
    await symlink(name, join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
  };
  await version('..2026_01', 'a');
  await symlink(join('..data', 'settings.yaml'), join(mount, 'settings.yaml'));
  const { told } = watching([join(mount, 'settings.yaml')]);
  for (const [old, next] of [
    ['..2026_01', '..2026_02'],
    ['..2026_02', '..2026_03'],
  ] as const) {
    await version(next, 'b');
    expect(await told()).toBe(true);
    await rm(join(mount, old), { recursive: true });
  }
  await writeFile(join(mount, '..2026_03', 'settings.yaml'), 'cc');
  expect(await told()).toBe(true);
});

test('a file behind links in other folders: each link that is turned, and the file itself', async () => {
  const folder = await makeFolder();
  const at = (...names: string[]): string => join(folder, ...names);
  for (const name of ['a', 'b', 'real', 'other']) await mkdir(at(name));
  await writeFile(at('real', 'settings.yaml'), '1');
  await writeFile(at('other', 'settings.yaml'), '2');
  await symlink(at('real'), at('b', 'current'));
  await symlink(join('..', 'b', 'current', 'settings.yaml'), at('a', 'settings.yaml'));
  const { told } = watching([at('a', 'settings.yaml')]);
  await writeFile(at('real', 'settings.yaml'), '11');
  expect(await told()).toBe(true);
  await symlink(at('other'), at('b', 'next'));
  await rename(at('b', 'next'), at('b', 'current'));
  expect(await told()).toBe(true);
  await writeFile(at('other', 'settings.yaml'), '22');
  expect(await told()).toBe(true);
});

test('links in a circle are a file that is not there', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'settings.yaml');
  await symlink('other.yaml', file);
  await symlink('settings.yaml', join(folder, 'other.yaml'));
  const { told } = watching([file]);
  await unlink(file);
  await writeFile(file, 'a');
  expect(await told()).toBe(true);
});

test('many changes in a row are one call, after the last', async () => {
  const file = join(await makeFolder(), 'settings.yaml');
  await writeFile(file, '');
  const { calls, told } = watching([file], { settleMs: 1_000, pollMs: 3_600_000 });
  for (let size = 1; size <= 8; size++) {
    await writeFile(file, 'a'.repeat(size));
    await sleep(80); // Long enough for a look at each.
  }
  expect(calls()).toBe(0);
  expect(await told()).toBe(true);
  expect(calls()).toBe(1);
});

test('changes without an end are told all the same', async () => {
  const file = join(await makeFolder(), 'settings.yaml');
  await writeFile(file, '');
  const { calls } = watching([file], { settleMs: 60_000, pollMs: 3_600_000 });
  const startedAt = performance.now();
  for (let size = 1; calls() === 0 && performance.now() - startedAt < 20_000; size++) {
    await writeFile(file, 'a'.repeat(size));
    await sleep(20);
  }
  expect(calls()).toBe(1);
  expect(performance.now() - startedAt).toBeGreaterThan(1_900);
});

test('what happens to other files in the folder is not told', async () => {
  const folder = await makeFolder();
  const [file, other] = [join(folder, 'settings.yaml'), join(folder, 'other')];
  await writeFile(file, 'a');
  const subject = watching([file]);
  const control = watching([other]);
  await writeFile(other, 'b');
  expect(await control.told()).toBe(true);
  await unlink(other);
  expect(await control.told()).toBe(true);
  expect(subject.calls()).toBe(0);
});

test('where the system tells nothing, the poll sees it', async () => {
  // Writing through a hard link in another folder: whoever watches this one is told nothing.
  const [folder, elsewhere] = [await makeFolder(), await makeFolder()];
  const file = join(folder, 'settings.yaml');
  await writeFile(file, 'a');
  await link(file, join(elsewhere, 'same.yaml'));
  const { told } = watching([file], { settleMs: 50, pollMs: 100 });
  await writeFile(join(elsewhere, 'same.yaml'), 'b');
  expect(await told()).toBe(true);
});

test('another content of the same size and time is told', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'settings.yaml');
  const time = new Date('2026-01-01T00:00:00Z');
  await writeFile(file, 'a');
  await utimes(file, time, time);
  const { told } = watching([file]);
  await writeFile(`${file}.new`, 'b');
  await utimes(`${file}.new`, time, time);
  await rename(`${file}.new`, file);
  expect(await told()).toBe(true);
});

test('update: new files are watched, others are not any more', async () => {
  const [one, two] = [await makeFolder(), await makeFolder()];
  const [old, stays, added] = [join(one, 'old'), join(one, 'stays'), join(two, 'added')];
  for (const file of [old, stays, added]) await writeFile(file, 'a');
  const subject = watching([old, stays]);
  const control = watching([old]);
  subject.watch.update([stays, added]);
  await writeFile(old, 'b');
  expect(await control.told()).toBe(true);
  expect(subject.calls()).toBe(0);
  await writeFile(added, 'b');
  expect(await subject.told()).toBe(true);
  await writeFile(stays, 'b');
  expect(await subject.told()).toBe(true);
});

test('update: a change just before it is told, if the file stays', async () => {
  const file = join(await makeFolder(), 'settings.yaml');
  await writeFile(file, 'a');
  const { watch, told } = watching([file]);
  await writeFile(file, 'b');
  watch.update([file]);
  expect(await told()).toBe(true);
});

test('after it was disposed of nothing is told, not even what was under way', async () => {
  const folder = await makeFolder();
  const file = join(folder, 'settings.yaml');
  await writeFile(file, 'a');
  const disposed = watching([file], { settleMs: 50, pollMs: 50 });
  const other = watching([file], { settleMs: 200, pollMs: 50 });
  await writeFile(file, 'b');
  disposed.watch[Symbol.dispose]();
  expect(await other.told()).toBe(true);
  expect(disposed.calls()).toBe(0);
});
