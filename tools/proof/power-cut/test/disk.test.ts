import { expect, test } from 'vitest';
import { Chance } from '../chance.ts';
import { Disk } from '../disk.ts';
import { FolderCalls, type FolderCall } from '../folder-call.ts';
import { parseCall } from '../trace.ts';

const OPEN: FolderCall = { kind: 'open', handle: 1, name: 'a', creates: true, cuts: false, appends: false };
const SYNC: FolderCall = { kind: 'sync', handle: 1 };

function write(at: number, text: string): FolderCall {
  return { kind: 'write', handle: 1, at, bytes: Buffer.from(text) };
}

function sector(letter: string): string {
  return letter.repeat(512);
}

/** As strace writes it. */
function hex(text: string): string {
  const bytes = Buffer.from(text).toString('hex');
  return `"${bytes.replaceAll(/../g, String.raw`\x$&`)}"`;
}

/** Every file `a` that a power cut may leave, as text; `absent` where there is none. */
function outcomes(calls: readonly FolderCall[]): string[] {
  const disk = new Disk();
  for (const call of calls) disk.apply(call);
  const found = Array.from({ length: 400 }, (_, seed) => {
    return disk.afterPowerCut(new Chance(seed)).get('a')?.toString('latin1') ?? 'absent';
  });
  return [...new Set(found)].toSorted();
}

test('what was synced stays, and with it the file itself', () => {
  expect(outcomes([OPEN, write(0, 'one'), SYNC])).toEqual(['one']);
});

test('a file that was not synced may be absent, empty, of zeros, or whole', () => {
  expect(outcomes([OPEN, write(0, 'one')])).toEqual(['', '\0\0\0', 'absent', 'one']);
});

test('a sector is old or new, never half; sectors are torn from one another', () => {
  const left = outcomes([OPEN, write(0, sector('a') + sector('b')), SYNC, write(0, sector('c') + sector('d'))]);
  expect(left).toEqual([
    sector('a') + sector('b'),
    sector('a') + sector('d'),
    sector('c') + sector('b'),
    sector('c') + sector('d'),
  ]);
});

test('a later write to a sector brings the earlier one with it', () => {
  expect(outcomes([OPEN, write(0, '....'), SYNC, write(0, 'ab'), write(2, 'cd')])).toEqual(['....', 'ab..', 'abcd']);
});

test('a truncation or a deletion is done or not, until it is synced', () => {
  const cut: FolderCall = { kind: 'truncate', handle: 1, length: 1 };
  const before = [OPEN, write(0, 'one'), SYNC];
  expect(outcomes([...before, cut])).toEqual(['o', 'one']);
  expect(outcomes([...before, cut, SYNC])).toEqual(['o']);
  expect(outcomes([...before, { kind: 'unlink', name: 'a' }])).toEqual(['absent', 'one']);
  expect(outcomes([...before, { kind: 'unlink', name: 'a' }, { kind: 'syncFolder' }])).toEqual(['absent']);
});

test('a trace: what concerns the folder is understood, what is not understood is refused', () => {
  const understood = new FolderCalls('/f');
  const read = (line: string): FolderCall | undefined => {
    const call = parseCall(line);
    return call && understood.understand(call);
  };
  expect(read(`7 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR|O_CREAT, 0600) = 5`)).toMatchObject({
    name: 'a',
    creates: true,
  });
  expect(read(`7 openat(AT_FDCWD, ${hex('/g/a')}, O_RDWR|O_CREAT, 0600) = 6`)).toBeUndefined();
  expect(read(`7 openat(AT_FDCWD, ${hex('/f/b')}, O_RDWR) = -1 ENOENT (No such file or directory)`)).toBeUndefined();
  expect(read(`7 pwrite64(5, ${hex('one')}, 3, 40)   = 3`)).toEqual({ ...write(40, 'one'), handle: 1 });
  expect(read('7 fdatasync(5) = 0')).toEqual(SYNC);
  expect(() => read('7 fallocate(5, 0, 0, 4096) = 0')).toThrow('no model');
  expect(() => read('7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5, 0) = 0x7f0000000000')).toThrow('no model');
});
