import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** A system call. Arguments are as strace writes them, strings among them in hexadecimal. */
export interface SystemCall {
  readonly name: string;
  readonly words: readonly string[];
  /** Undefined while it has not ended. */
  readonly result?: number;
}

/**
 * What a line tells. A call has begun when another thread's call came before its end; a call in one piece began and ended at
 * once. strace sees a beginning before it lets the call happen, and an end before it lets the thread go on: so what ended
 * before something began in the trace did so in truth as well.
 */
export type TraceStep =
  | { readonly kind: 'begun' | 'ended'; readonly thread: string; readonly call: SystemCall }
  | { readonly kind: 'failed'; readonly thread: string };

/** What the disk and the script's marks need; `read` and the like leave nothing behind. */
export const TRACED = (
  'openat open creat close dup dup2 dup3 ' +
  'write pwrite64 writev pwritev pwritev2 sendfile copy_file_range mmap ' +
  'ftruncate truncate fallocate fsync fdatasync ' +
  'unlink unlinkat rename renameat renameat2 link linkat'
).split(' ');

const ENDED = /^\d+ +(\w+)\((.*)\) += (\d+|0x[0-9a-f]+)/s;
const LEFT = '<unfinished ...>';
/** That of a call in which the process ended. */
const ENDLESS = `${LEFT}) = ?`;
const UNFINISHED = /^((\d+) +(\w+)\((.*)) <unfinished \.\.\.>(?:\) += \?)?$/s;
const RESUMED = /^(\d+) +<\.\.\. \w+ resumed>(.*)$/s;
const FAILED = /\) += -1 /;

/** Reads what `strace -f -xx` wrote, line by line. */
export class TraceReader {
  readonly #halves = new Map<string, string>();

  /** Undefined for what is no call, and for a call that failed in one piece. */
  read(line: string): TraceStep | undefined {
    const unfinished = line.endsWith(LEFT) || line.endsWith(ENDLESS) ? UNFINISHED.exec(line) : null;
    if (unfinished !== null) {
      const [, half = '', thread = '', name = '', words = ''] = unfinished;
      this.#halves.set(thread, half);
      return { kind: 'begun', thread, call: { name, words: words.split(', ') } };
    }
    const resumed = RESUMED.exec(line);
    const thread = resumed?.[1] ?? line.slice(0, line.indexOf(' '));
    const call = parseCall(resumed === null ? line : `${this.#halves.get(thread) ?? ''}${resumed[2] ?? ''}`);
    if (call !== undefined) return { kind: 'ended', thread, call };
    return FAILED.test(resumed?.[2] ?? '') ? { kind: 'failed', thread } : undefined;
  }
}

export async function* readTrace(path: string): AsyncGenerator<TraceStep> {
  const reader = new TraceReader();
  for await (const line of createInterface({ input: createReadStream(path, 'latin1') })) {
    const step = reader.read(line);
    if (step !== undefined) yield step;
  }
}

function parseCall(line: string): SystemCall | undefined {
  const parts = ENDED.exec(line);
  if (parts === null) return undefined;
  const [, name = '', words = '', result] = parts;
  return { name, words: words.split(', '), result: Number(result) };
}

/** A string as strace writes it with `-xx`: `"\x6a\x2e"`. Throws when it was cut off. */
export function decodeString(word: string): Buffer {
  if (word.endsWith('...')) throw new Error('the trace has a string that was cut off');
  const bytes = Buffer.allocUnsafe(Math.floor((word.length - 2) / 4));
  // By hand: most of a proof's time would go into it.
  for (let index = 0, at = 3; index < bytes.length; index++, at += 4) {
    bytes[index] = (digit(word.charCodeAt(at)) << 4) | digit(word.charCodeAt(at + 1));
  }
  return bytes;
}

/** A hexadecimal digit's value: letters stand behind 96, digits behind 48. */
function digit(code: number): number {
  return code > 96 ? code - 87 : code - 48;
}
