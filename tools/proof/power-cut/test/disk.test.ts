import { expect, test } from 'vitest';
import type { FolderCall } from '../folder-call.ts';
import { hex, outcomes, understand } from './outcomes.ts';

const OPEN: FolderCall = { kind: 'open', handle: 1, name: 'a', creates: true, cuts: false, appends: false };
const SYNC: FolderCall = { kind: 'sync', handle: 1 };

function write(at: number, text: string): FolderCall {
  return { kind: 'write', handle: 1, at, bytes: Buffer.from(text) };
}

function sector(letter: string): string {
  return letter.repeat(512);
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
  const open = `7 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR|O_CREAT, 0600) = 5`;
  const calls = understand([
    open,
    `7 openat(AT_FDCWD, ${hex('/g/a')}, O_RDWR|O_CREAT, 0600) = 6`,
    `7 openat(AT_FDCWD, ${hex('/f/b')}, O_RDWR) = -1 ENOENT (No such file or directory)`,
    `7 pwrite64(5, ${hex('one')}, 3, 40)   = 3`,
    '7 fdatasync(5) = 0',
  ]);
  expect(calls).toEqual([OPEN, write(40, 'one'), SYNC]);
  expect(() => understand([open, '7 fallocate(5, 0, 0, 4096) = 0'])).toThrow('no model');
  const mapped = '7 mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 5, 0) = 0x7f0000000000';
  expect(() => understand([open, mapped])).toThrow('no model');
});
