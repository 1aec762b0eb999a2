/** Result codes of SQLite (sqlite.org/rescode.html); the low byte of what an error bears. */
const CODES = { busy: 5, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;
/** Extended codes of writes that found no room: SQLITE_IOERR_WRITE, _FSYNC, _TRUNCATE, _SHMSIZE. */
const NO_ROOM = new Set([778, 1_034, 1_546, 4_874]);

/** Extended codes of reads that failed: SQLITE_IOERR_READ, _SHORT_READ, _DATA, _CORRUPTFS. */
const UNREADABLE = new Set([266, 522, 8_202, 8_458]);

function codeOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

function isCode(error: unknown, ...codes: readonly number[]): boolean {
  const code = codeOf(error);
  return code !== undefined && codes.includes(code & 0xff);
}

export function isBusy(error: unknown): boolean {
  return isCode(error, CODES.busy);
}

/** The file may not be opened or written. */
export function isForbidden(error: unknown): boolean {
  if (
    error instanceof Error &&
    'code' in error &&
    ['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR'].includes(String(error.code))
  )
    return true;
  return isCode(error, CODES.readOnly, CODES.cannotOpen);
}

export function isNotADatabase(error: unknown): boolean {
  return isCode(error, CODES.notADatabase);
}

/** The file's structure is broken. A number that no journal has written is a sign of that, too. */
export function isDamage(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE') return true;
  if (error instanceof Error && /malformed|no such table|no such column/.test(error.message)) return true;
  return isCode(error, CODES.corrupt, CODES.notADatabase) || UNREADABLE.has(codeOf(error) ?? 0);
}

export function isDiskFull(error: unknown): boolean {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return isCode(error, CODES.full) || NO_ROOM.has(codeOf(error) ?? 0);
}
