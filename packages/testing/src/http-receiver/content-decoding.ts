import { promisify } from 'node:util';
import { gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Answer } from './answer.js';

const DECODERS = {
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  zstd: promisify(zstdDecompress),
} as const;

function isKnown(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

/** The body behind `content-encoding`, of `maxBytes` at most, or the answer for one that cannot be read. */
export async function decode(
  raw: Buffer,
  encoding: string,
  maxBytes: number,
): Promise<{ body: Buffer } | { refusal: Answer }> {
  if (raw.length > maxBytes) return { refusal: { status: 413, body: `Body above ${maxBytes} bytes` } };
  if (encoding === 'identity') return { body: raw };
  if (!isKnown(encoding)) return { refusal: { status: 415, body: `Unknown content-encoding ${encoding}` } };
  try {
    return { body: await DECODERS[encoding](raw, { maxOutputLength: maxBytes }) };
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return { refusal: { status: tooLarge ? 413 : 400, body: `Cannot undo ${encoding}: ${String(error)}` } };
  }
}
