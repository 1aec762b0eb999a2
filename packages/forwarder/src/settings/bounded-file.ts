import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Why a file was not read, in words that follow "got". */
export interface NotRead {
  readonly why: string;
}

/**
 * Reads a text of at most `maxBytes` bytes. Never waits for what is no regular file: a pipe that nobody writes to would
 * hold the program up.
 */
export async function readBoundedFile(file: string, maxBytes: number): Promise<string | NotRead> {
  try {
    // A pipe is opened at once with O_NONBLOCK, and then found out.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (stats.isDirectory()) return { why: 'a directory' };
    if (!stats.isFile()) return { why: 'something that is no regular file' };
    const buffer = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > maxBytes) return { why: `a file of more than ${maxBytes} bytes` };
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, length));
  } catch (error) {
    return { why: reasonOf(error as NodeJS.ErrnoException) };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'one that this user may not read',
  EPERM: 'one that this user may not read',
  EISDIR: 'a directory',
  ELOOP: 'a symbolic link that leads back to itself',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'a file that is no text in UTF-8',
};

function reasonOf({ code = 'unknown' }: NodeJS.ErrnoException): string {
  return REASONS[code] ?? `one that cannot be read (${code})`;
}
