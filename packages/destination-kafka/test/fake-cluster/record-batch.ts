import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { int32, Reader } from './wire.js';

export interface FakeRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Unix epoch, milliseconds. */
  readonly timestamp: number;
}

/** A batch of records of one partition. */
export interface RecordBatch {
  readonly producerId: bigint;
  /** The number of its first record. */
  readonly firstSequence: number;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly records: readonly FakeRecord[];
}

/** By the lowest bits of a batch's attributes. */
const COMPRESSIONS: Readonly<Record<number, RecordBatch['compression']>> = { 0: 'none', 1: 'gzip', 4: 'zstd' };

/** Reads a batch of format 2 ("Record Batch" in Kafka's documentation of the message format). */
export function readRecordBatch(bytes: Buffer): RecordBatch {
  const reader = new Reader(bytes);
  reader.raw(8 + 4 + 4 + 1 + 4); // base offset, length, leader epoch, magic, checksum
  const attributes = reader.int16();
  const compression = COMPRESSIONS[attributes & 7];
  if (compression === undefined) throw new Error(`the fake broker does not know the attributes ${attributes}`);
  reader.int32(); // the last offset's distance
  const firstTimestamp = Number(reader.int64());
  reader.int64(); // the highest timestamp
  const producerId = reader.int64();
  reader.int16(); // producer epoch
  const firstSequence = reader.int32();
  const count = reader.int32();
  const inner = new Reader(Buffer.concat([int32(count), inflate(reader.rest(), compression)]));
  const records = inner.array(() => {
    inner.varint(); // length
    inner.int8(); // attributes
    const timestamp = firstTimestamp + inner.varint();
    inner.varint(); // the offset's distance
    const [key, value] = [inner.text(), inner.text()];
    const headers = Array.from({ length: inner.varint() }, () => [inner.text(), inner.text()]);
    return { key, value, headers: Object.fromEntries(headers) as Record<string, string>, timestamp };
  });
  return { producerId, firstSequence, compression, records };
}

function inflate(bytes: Buffer, compression: RecordBatch['compression']): Buffer {
  if (compression === 'none') return bytes;
  return compression === 'gzip' ? gunzipSync(bytes) : zstdDecompressSync(bytes);
}
