import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpack, UnreadableContent } from '../../src/replay/unpack.js';

async function* pieces(content: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

async function unpacked(content: Buffer, size: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unpack(pieces(content, size))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const random = randomBytes(150_000);
const repeated = Buffer.alloc(400_000, 'grantex ');
const zstd = (content: Buffer, checksum = 0) =>
  zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: checksum } });
const skippable = Buffer.concat([Buffer.from('502a4d1805000000', 'hex'), Buffer.from('empty')]);

describe.each([13, 65_536, 10_000_000])('pieces of %i bytes', (size) => {
  test.each([
    ['nothing', Buffer.alloc(0), Buffer.alloc(0)],
    ['one byte', Buffer.from('a'), Buffer.from('a')],
    ['plain', repeated.subarray(0, 5_000), repeated.subarray(0, 5_000)],
    ['gzip', gzipSync(random), random],
    ['two gzip members', Buffer.concat([gzipSync('a\n'), gzipSync('b\n')]), Buffer.from('a\nb\n')],
    ['zstd, not compressible', zstd(random), random],
    ['zstd, a checksum', zstd(repeated, 1), repeated],
    ['zstd, no content', zstd(Buffer.alloc(0)), Buffer.alloc(0)],
    ['zstd, small', zstd(Buffer.from('a\n'), 1), Buffer.from('a\n')],
    [
      'zstd, many frames, one of them to be skipped',
      Buffer.concat([zstd(random), skippable, zstd(repeated, 1), zstd(Buffer.from('end'))]),
      Buffer.concat([random, repeated, Buffer.from('end')]),
    ],
  ])('%s', async (_name, packed, expected) => {
    expect((await unpacked(packed, size)).equals(expected)).toBe(true);
  });
});

test('zstd, byte by byte', async () => {
  const packed = Buffer.concat([zstd(Buffer.from('one\n'), 1), skippable, zstd(repeated.subarray(0, 1_000))]);
  expect((await unpacked(packed, 1)).toString()).toBe(`one\n${repeated.subarray(0, 1_000).toString()}`);
});

test.each([
  ['gzip, cut off', gzipSync(random).subarray(0, 100_000)],
  ['gzip, without its last byte', gzipSync(repeated).subarray(0, -1)],
  ['gzip, damaged', Buffer.concat([gzipSync(random).subarray(0, 10), deflateRawSync(random).fill(0xff, 50, 90)])],
  ['zstd, cut off', zstd(random).subarray(0, 100_000)],
  ['zstd, without its checksum', zstd(repeated, 1).subarray(0, -4)],
  ['zstd, without the last byte of its second frame', Buffer.concat([zstd(random), zstd(repeated)]).subarray(0, -1)],
  ['zstd, with something else behind it', Buffer.concat([zstd(random), Buffer.from('{"id":1}')])],
  ['zstd, with a few bytes behind it', Buffer.concat([zstd(random), Buffer.from('{}')])],
])('%s: said, and not taken for whole', async (_name, packed) => {
  await expect(unpacked(packed, 65_536)).rejects.toBeInstanceOf(UnreadableContent);
});
