import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A system call that has ended well. Arguments are as strace writes them, strings among them in hexadecimal. */
export interface SystemCall {
  readonly name: string;
  readonly words: readonly string[];
  readonly result: number;
}

/** What the disk and the script's marks need; `read` and the like leave nothing behind. */
export const TRACED = (
  'openat open creat close dup dup2 dup3 ' +
  'write pwrite64 writev pwritev pwritev2 sendfile copy_file_range mmap ' +
  'ftruncate truncate fallocate fsync fdatasync ' +
  'unlink unlinkat rename renameat renameat2 link linkat'
).split(' ');

const ENDED = /^\d+ +(\w+)\((.*)\) += (\d+|0x[0-9a-f]+)/s;
const UNFINISHED = ' <unfinished ...>';
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/s;

/** Reads what `strace -f -xx` wrote, in the order in which the calls ended. Calls that failed are left out. */
export async function* readTrace(path: string): AsyncGenerator<SystemCall> {
  const halves = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(path, 'latin1') })) {
    if (line.endsWith(UNFINISHED)) {
      halves.set(line.slice(0, line.indexOf(' ')), line.slice(0, -UNFINISHED.length));
      continue;
    }
    const resumed = RESUMED.exec(line);
    const whole = resumed === null ? line : `${halves.get(resumed[1] ?? '') ?? ''}${resumed[2] ?? ''}`;
    const call = parseCall(whole);
    if (call !== undefined) yield call;
  }
}

export function parseCall(line: string): SystemCall | undefined {
  const parts = ENDED.exec(line);
  if (parts === null) return undefined;
  const [, name = '', words = '', result] = parts;
  return { name, words: words.split(', '), result: Number(result) };
}

/** A string as strace writes it with `-xx`: `"\x6a\x2e"`. Throws when it was cut off. */
export function decodeString(word: string): Buffer {
  if (word.endsWith('...')) throw new Error('the trace has a string that was cut off');
  return Buffer.from(word.slice(1, -1).replaceAll('\\x', ''), 'hex');
}
