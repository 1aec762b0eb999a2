import { expect, test } from 'vitest';
import { CallList } from '../call-list.ts';
import { encodeMark } from '../operation.ts';
import { hex, outcomes, understand } from './outcomes.ts';

/** Thread 7 has a synced file of dots, open as 5; thread 8 has the folder as 4. */
const BEFORE = [
  `8 openat(AT_FDCWD, ${hex('/f')}, O_RDONLY|O_CLOEXEC) = 4`,
  `7 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR|O_CREAT, 0600) = 5`,
  `7 pwrite64(5, ${hex('....')}, 4, 0) = 4`,
  '7 fdatasync(5) = 0',
];
const WRITE = `7 pwrite64(5, ${hex('one.')}, 4, 0) = 4`;
const WRITE_BEGINS = `7 pwrite64(5, ${hex('one.')}, 4, 0 <unfinished ...>`;
const WRITE_ENDS = '7 <... pwrite64 resumed>) = 4';
const SYNC_BEGINS = '8 fdatasync(5 <unfinished ...>';
const SYNC_ENDS = '8 <... fdatasync resumed>) = 0 (DELAYED)';
const DONE = encodeMark({ done: 1, overrun: {} });

function left(...lines: readonly string[]): string[] {
  return outcomes(understand([...BEFORE, ...lines]));
}

test('a sync covers what was written before it began', () => {
  expect(left(WRITE, SYNC_BEGINS)).toEqual(['....', 'one.']);
  expect(left(WRITE, SYNC_BEGINS, WRITE, SYNC_ENDS)).toEqual(['one.']);
  expect(left(WRITE, '8 fdatasync(5) = 0')).toEqual(['one.']);
});

test('a sync does not cover what is written while it is under way, whenever that began', () => {
  expect(left(SYNC_BEGINS, WRITE, SYNC_ENDS)).toEqual(['....', 'one.']);
  expect(left(WRITE_BEGINS, SYNC_BEGINS, WRITE_ENDS, SYNC_ENDS)).toEqual(['....', 'one.']);
  expect(left(WRITE_BEGINS, '8 fdatasync(5) = 0', WRITE_ENDS)).toEqual(['....', 'one.']);
  expect(left(SYNC_BEGINS, '7 ftruncate(5, 1) = 0', SYNC_ENDS)).toEqual(['.', '....']);
  expect(left(SYNC_BEGINS, WRITE, SYNC_ENDS, '8 fdatasync(5) = 0')).toEqual(['one.']);
});

test('of two syncs at once each covers what was there when it began', () => {
  const second = { begins: '9 fsync(5 <unfinished ...>', ends: '9 <... fsync resumed>) = 0' };
  const before = [SYNC_BEGINS, WRITE, second.begins, `7 pwrite64(5, ${hex('new.')}, 4, 0) = 4`];
  expect(left(...before, SYNC_ENDS)).toEqual(['....', 'new.', 'one.']);
  expect(left(...before, second.ends)).toEqual(['new.', 'one.']);
  expect(left(...before, second.ends, SYNC_ENDS)).toEqual(['new.', 'one.']);
  expect(left(...before, SYNC_ENDS, second.ends)).toEqual(['new.', 'one.']);
});

test('a sync that fails has covered nothing, nor has one in which the process ended', () => {
  const failed = '8 <... fdatasync resumed>) = -1 EIO (Input/output error)';
  expect(left(WRITE, SYNC_BEGINS, WRITE, failed)).toEqual(['....', 'one.']);
  expect(left(WRITE, '8 fdatasync(5) = -1 EIO (Input/output error)')).toEqual(['....', 'one.']);
  expect(left(WRITE, '8 fdatasync(5 <unfinished ...>) = ?', '8 +++ exited with 0 +++')).toEqual(['....', 'one.']);
  expect(left(WRITE, SYNC_BEGINS, '8 <... fdatasync resumed> <unfinished ...>) = ?')).toEqual(['....', 'one.']);
});

test('a write or a truncation that has begun may be there; when it fails, it is not', () => {
  expect(left(WRITE_BEGINS)).toEqual(['....', 'one.']);
  expect(left(WRITE_BEGINS, '8 fdatasync(5) = 0')).toEqual(['....', 'one.']);
  expect(left(WRITE_BEGINS, '7 <... pwrite64 resumed>) = -1 EIO (Input/output error)')).toEqual(['....']);
  expect(left(WRITE_BEGINS, '7 <... pwrite64 resumed>) = 2')).toEqual(['....', 'on..']);
  expect(left('7 ftruncate(5, 1 <unfinished ...>')).toEqual(['.', '....']);
});

test('a write without a place goes where the handle stands when it begins', () => {
  const begins = `7 write(5, ${hex('ab')}, 2 <unfinished ...>`;
  const written = [begins, '8 fdatasync(5) = 0', '7 <... write resumed>) = 2', `8 write(5, ${hex('c')}, 1) = 1`];
  expect(left(...written, '7 fdatasync(5) = 0')).toEqual(['abc.']);
});

test('a sync of the folder or of a file covers names that had changed before it began', () => {
  const unlink = `7 unlink(${hex('/f/a')}) = 0`;
  const [begins, ends] = ['8 fsync(4 <unfinished ...>', '8 <... fsync resumed>) = 0'];
  expect(left(unlink, begins)).toEqual(['....', 'absent']);
  expect(left(unlink, begins, ends)).toEqual(['absent']);
  expect(left(begins, unlink, ends)).toEqual(['....', 'absent']);
  expect(left(begins, unlink, ends, '8 fsync(4) = 0')).toEqual(['absent']);

  const fresh = [
    `7 openat(AT_FDCWD, ${hex('/f/b')}, O_RDWR|O_CREAT, 0600) = 6`,
    `7 pwrite64(6, ${hex('new')}, 3, 0) = 3`,
    '7 fsync(6) = 0',
  ];
  const rename = `7 rename(${hex('/f/b')}, ${hex('/f/a')}) = 0`;
  expect(left(...fresh, rename, '8 fsync(6 <unfinished ...>', WRITE, ends)).toEqual(['new']);
  expect(left(...fresh, '8 fsync(6 <unfinished ...>', rename, ends)).toEqual(['....', 'new']);
});

test('a file that is opened twice is one file, and its descriptors are those of every thread', () => {
  const again = `8 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR|O_CLOEXEC) = 6`;
  expect(left(again, WRITE, '8 fdatasync(6) = 0')).toEqual(['one.']);
  expect(left(again, '8 close(5) = 0', '7 fdatasync(6) = 0', WRITE)).toEqual(['....']);
  expect(left('8 dup(5) = 9', '8 close(5) = 0', `7 pwrite64(9, ${hex('o')}, 1, 0) = 1`, '7 fsync(9) = 0')).toEqual([
    'o...',
  ]);
});

test('a descriptor that is given again while its closing has not ended stands for the new file', () => {
  const lines = [
    `7 openat(AT_FDCWD, ${hex('/f/b')}, O_RDWR|O_CREAT, 0600) = 6`,
    '7 close(6 <unfinished ...>',
    `8 openat(AT_FDCWD, ${hex('/f/a')}, O_RDWR) = 6`,
    '7 <... close resumed>) = 0',
    `8 pwrite64(6, ${hex('new.')}, 4, 0) = 4`,
    '8 fdatasync(6) = 0',
  ];
  expect(left(...lines)).toEqual(['new.']);
});

test('a mark counts as soon as it begins, once', () => {
  const calls = understand([
    `7 write(1, ${hex(DONE)}, ${DONE.length} <unfinished ...>`,
    '8 close(9) = 0',
    `7 <... write resumed>) = ${DONE.length}`,
    `7 write(1, ${hex(DONE)}, ${DONE.length}) = ${DONE.length}`,
  ]);
  expect(calls.map(({ kind }) => kind)).toEqual(['mark', 'mark']);
});

test('calls of other threads that do not concern the folder make no difference', () => {
  const list = new CallList();
  const failed = '7 <... pwrite64 resumed>) = -1 EIO (Input/output error)';
  const lines = [SYNC_BEGINS, '9 close(11) = 0', SYNC_ENDS, WRITE_BEGINS, '7 <... pwrite64 resumed>) = 2'];
  for (const call of understand([...BEFORE, ...lines, WRITE_BEGINS, failed])) list.add(call);
  expect(list.calls).toEqual(understand([...BEFORE, '8 fdatasync(5) = 0', `7 pwrite64(5, ${hex('one.')}, 4, 0) = 2`]));
});
