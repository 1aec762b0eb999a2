import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type FramePart, ZstdFrames } from './zstd-frames.js';

/** Compressed content that is broken or cut off: what comes behind this place cannot be read. */
export class UnreadableContent extends Error {
  override readonly name = 'UnreadableContent';
}

const LONGEST_MAGIC = 4;

/** The content, unpacked when its first bytes say that it is gzip or zstd, whatever the file is called. */
export async function* unpack(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const chunks = content[Symbol.asyncIterator]();
  try {
    const begin: Uint8Array[] = [];
    for (let bytes = 0; bytes < LONGEST_MAGIC;) {
      const { value, done } = await chunks.next();
      if (done) break;
      begin.push(value);
      bytes += value.length;
    }
    const first = Buffer.concat(begin);
    const all = (async function* () {
      yield first;
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
    })();
    if (isGzip(first)) yield* unzip(all, createGunzip());
    else if (ZstdFrames.begin(first)) yield* unzipZstd(all);
    else yield* all;
  } finally {
    await chunks.return?.();
  }
}

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function* unzip(packed: AsyncIterable<Uint8Array>, unpacker: ReturnType<typeof createGunzip>) {
  // Errors come out of the loop below.
  pipeline(Readable.from(packed, { objectMode: false }), unpacker, () => {});
  try {
    for await (const chunk of unpacker) yield chunk as Uint8Array;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw /^(Z_|ZSTD_)/.test(code) ? new UnreadableContent(message, { cause: error }) : error;
  }
}

/** Node's decompressor stops behind the first frame, and takes one that is cut off for a whole one. */
async function* unzipZstd(packed: AsyncIterable<Uint8Array>) {
  const frames = new ZstdFrames();
  const parts = (async function* () {
    for await (const chunk of packed) yield* frames.pass(chunk);
  })();
  for (let first = await parts.next(); !first.done; first = await parts.next()) {
    yield* unzip(frameFrom(first.value, parts), createZstdDecompress());
  }
  if (!frames.isWhole) throw new UnreadableContent('unexpected end of file');
}

async function* frameFrom(first: FramePart, rest: AsyncIterator<FramePart, void>) {
  yield first.bytes;
  for (let { isEnd } = first; !isEnd;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value.bytes;
    ({ isEnd } = next.value);
  }
}
