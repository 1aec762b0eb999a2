import { expect, test } from 'vitest';
import { classify } from '../src/classify.js';

const FILE = '/var/log/audit.ndjson';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: what the system says`), { code });
}

test.each([
  ['ENOENT', 'DEST_MISCONFIGURED', 'its directory does not exist: create it, or check path'],
  ['ENOTDIR', 'DEST_MISCONFIGURED', 'a part of it is a file and no directory: check path'],
  ['EISDIR', 'DEST_MISCONFIGURED', 'it is a directory: check path'],
  ['ENOTFILE', 'DEST_MISCONFIGURED', 'it is something else than a file: check path'],
  ['ENAMETOOLONG', 'DEST_MISCONFIGURED', 'the name is too long: check path'],
  ['ELOOP', 'DEST_MISCONFIGURED', 'its symbolic links lead in a circle: check path'],
  ['EROFS', 'DEST_MISCONFIGURED', 'the file system is mounted read-only: mount it anew, or check path'],
  ['EFBIG', 'DEST_MISCONFIGURED', 'the file is as large as it may be here: set maxFileBytes, or raise the limit'],
  ['EACCES', 'DEST_UNAUTHORIZED', 'this user may not write there: check the rights of the file and of its directory'],
  ['EPERM', 'DEST_UNAUTHORIZED', 'this user may not write there: check the rights of the file and of its directory'],
  ['ENOSPC', 'DEST_UNAVAILABLE', 'the disk is full: make room'],
  ['EDQUOT', 'DEST_UNAVAILABLE', 'the quota of this user is used up: make room'],
  ['EIO', 'DEST_UNAVAILABLE', 'the disk fails: look into the log of the system'],
  ['EMFILE', 'DEST_UNAVAILABLE', 'this process has too many files open: raise its limit'],
  ['EDELETED', 'DEST_UNAVAILABLE', 'it was deleted while it was written'],
])('%s: %s', (errno, code, message) => {
  expect(classify(systemError(errno), FILE)).toEqual({
    outcome: 'refused',
    code,
    message: `${FILE} cannot be written (${errno}): ${message}`,
  });
});

test.each(['EPIPE', 'ERR_STREAM_DESTROYED', 'EBADF'])(
  'the standard output, %s: somebody has to start it anew',
  (errno) => {
    expect(classify(systemError(errno), undefined)).toMatchObject({
      code: 'DEST_MISCONFIGURED',
      message: `the standard output cannot be written (${errno}): whoever read it has ended, and it cannot be opened again: start this program anew, with a reader`,
    });
  },
);

test('an error that nobody knows may pass, and is no event’s fault', () => {
  expect(classify(systemError('ESTALE'), FILE)).toEqual({
    outcome: 'refused',
    code: 'DEST_UNAVAILABLE',
    message: `${FILE} cannot be written (ESTALE)`,
  });
  expect(classify(new Error('what now'), undefined)).toMatchObject({
    code: 'DEST_UNAVAILABLE',
    message: 'the standard output cannot be written (Error: what now)',
  });
});
