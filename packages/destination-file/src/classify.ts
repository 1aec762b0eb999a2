import { refused, type DestinationErrorCode, type Refusal } from '@grantex/core';
import { codeOf } from './file-system.js';

interface Meaning {
  readonly code: DestinationErrorCode;
  readonly message: string;
}

/** What the errors of a file mean: whether a person is needed, or some room, or time. None is an event's fault. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'DEST_MISCONFIGURED', message: 'its directory does not exist: create it, or check path' },
  ENOTDIR: { code: 'DEST_MISCONFIGURED', message: 'a part of it is a file and no directory: check path' },
  EISDIR: { code: 'DEST_MISCONFIGURED', message: 'it is a directory: check path' },
  ENOTFILE: { code: 'DEST_MISCONFIGURED', message: 'it is something else than a file: check path' },
  ENAMETOOLONG: { code: 'DEST_MISCONFIGURED', message: 'the name is too long: check path' },
  ELOOP: { code: 'DEST_MISCONFIGURED', message: 'its symbolic links lead in a circle: check path' },
  EROFS: { code: 'DEST_MISCONFIGURED', message: 'the file system is mounted read-only: mount it anew, or check path' },
  EFBIG: {
    code: 'DEST_MISCONFIGURED',
    message: 'the file is as large as it may be here: set maxFileBytes, or raise the limit',
  },
  EACCES: {
    code: 'DEST_UNAUTHORIZED',
    message: 'this user may not write there: check the rights of the file and of its directory',
  },
  EPERM: {
    code: 'DEST_UNAUTHORIZED',
    message: 'this user may not write there: check the rights of the file and of its directory',
  },
  ENOSPC: { code: 'DEST_UNAVAILABLE', message: 'the disk is full: make room' },
  EDQUOT: { code: 'DEST_UNAVAILABLE', message: 'the quota of this user is used up: make room' },
  EIO: { code: 'DEST_UNAVAILABLE', message: 'the disk fails: look into the log of the system' },
  EMFILE: { code: 'DEST_UNAVAILABLE', message: 'this process has too many files open: raise its limit' },
  EDELETED: { code: 'DEST_UNAVAILABLE', message: 'it was deleted while it was written' },
};

/** A reader that has gone does not come back. */
const NOBODY_READS: Meaning = {
  code: 'DEST_MISCONFIGURED',
  message: 'whoever read it has ended, and it cannot be opened again: start this program anew, with a reader',
};

/** What an error of the system means. `file` undefined: the standard output. */
export function classify(error: unknown, file: string | undefined): Refusal {
  const code = codeOf(error) ?? '';
  const isGone = file === undefined && (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' || code === 'EBADF');
  const meaning = isGone ? NOBODY_READS : MEANINGS[code];
  const where = file ?? 'the standard output';
  const reason = code === '' ? String(error) : code;
  if (meaning === undefined) return refused('DEST_UNAVAILABLE', `${where} cannot be written (${reason})`);
  return refused(meaning.code, `${where} cannot be written (${reason}): ${meaning.message}`);
}
