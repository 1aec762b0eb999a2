import { SseFrames } from '../../src/stream/sse-frames.js';

/** What a listener was told. */
export interface Seen {
  readonly frames: string[];
  readonly oversize: string[];
  readonly ids: string[];
}

export const LINE_ENDS = [
  { name: 'LF', end: '\n' },
  { name: 'CRLF', end: '\r\n' },
  { name: 'CR', end: '\r' },
];

/** Reads a stream that comes in these pieces. */
export function read(chunks: Iterable<Buffer | string>): Seen {
  const seen: Seen = { frames: [], oversize: [], ids: [] };
  const frames = new SseFrames({
    onFrame: (text) => seen.frames.push(text),
    onOversize: (head) => seen.oversize.push(head),
    onId: (id) => seen.ids.push(id),
  });
  for (const chunk of chunks) frames.feed(Buffer.from(chunk));
  return seen;
}

/** The bytes in pieces of `size`, or of what a function says. */
export function* cut(stream: Buffer, size: number | (() => number)): Generator<Buffer> {
  for (let start = 0; start < stream.length;) {
    const end = start + (typeof size === 'number' ? size : size());
    yield stream.subarray(start, end);
    start = end;
  }
}
