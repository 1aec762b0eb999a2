import type { OpenFile } from './file-system.js';

export const LINE_FEED = 10;
const OPENING_BRACE = 123;
/** What some file systems leave at the end of a file after a power cut. */
const NUL = 0;

const CHUNK_BYTES = 65_536;
/** A longer line is none of ours: events have 8 MiB at most. */
const LONGEST_LINE_BYTES = 16_777_216;

/** What {@link repairEnd} did. */
export type Repair =
  | { readonly kind: 'nothing' }
  /** An event that was not written whole is gone. It has not counted as delivered. */
  | { readonly kind: 'cut back'; readonly bytes: number }
  /** What stood there is kept, and has its line feed. */
  | { readonly kind: 'ended' };

/** Whether the next line can begin where the file ends. */
export async function endsLine(file: OpenFile, size: number): Promise<boolean> {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] === LINE_FEED;
}

/**
 * Mends a file whose last line has no line feed. The beginning of an event is cut off: a write was interrupted, and the event comes
 * again, whole. Everything else stays and gets its line feed: an event that lacks only that, and what is not ours to delete.
 * `pause` gives another process that is just writing the time to end its line.
 */
export async function repairEnd(file: OpenFile, pause: () => Promise<void>): Promise<Repair> {
  for (let { size } = await file.stat(); !(await endsLine(file, size));) {
    await pause();
    const { size: now } = await file.stat();
    if (now === size) return repair(file, size);
    size = now;
  }
  return { kind: 'nothing' };
}

async function repair(file: OpenFile, size: number): Promise<Repair> {
  const fragment = await lastLine(file, size);
  if (fragment !== undefined && isBeginningOfEvent(fragment)) {
    await file.truncate(size - fragment.byteLength);
    return { kind: 'cut back', bytes: fragment.byteLength };
  }
  await file.write(Buffer.of(LINE_FEED), 0);
  return { kind: 'ended' };
}

function isBeginningOfEvent(fragment: Buffer): boolean {
  if (fragment[0] === NUL) return true;
  if (fragment[0] !== OPENING_BRACE) return false;
  try {
    JSON.parse(fragment.toString());
    return false;
  } catch {
    // Not whole.
    return true;
  }
}

/** What stands behind the last line feed; undefined when that is too long for a line. */
async function lastLine(file: OpenFile, size: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const chunk = Buffer.alloc(end - start);
    await file.read(chunk, 0, chunk.byteLength, start);
    const feed = chunk.lastIndexOf(LINE_FEED);
    chunks.unshift(chunk.subarray(feed + 1));
    if (feed !== -1) break;
    if (size - start > LONGEST_LINE_BYTES) return undefined;
    end = start;
  }
  return Buffer.concat(chunks);
}
