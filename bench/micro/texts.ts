import { benchEvents, chunkOf } from '../programs/event-frames.ts';

/** So many events are handled in one call of a task. */
export const EVENTS = 1_000;

export const texts: readonly string[] = benchEvents(EVENTS).map((event) => JSON.stringify(event));

/** As an HTTP client hands them on: without the frames of the chunks, in pieces of 64 KiB. */
export function streamPieces(): readonly Buffer[] {
  const bytes = Buffer.concat(texts.map((text) => unwrap(chunkOf(text))));
  return Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
    bytes.subarray(index * 65_536, (index + 1) * 65_536),
  );
}

function unwrap(chunk: Buffer): Buffer {
  return chunk.subarray(chunk.indexOf('\r\n') + 2, -2);
}
