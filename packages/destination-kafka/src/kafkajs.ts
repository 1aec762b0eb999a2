import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import type { Compression } from '@grantex/core';
import type { CompressionTypes, ICustomPartitioner, Kafka, logLevel } from 'kafkajs';

/** What is used of kafkajs. */
export interface Kafkajs {
  readonly Kafka: typeof Kafka;
  readonly logLevel: typeof logLevel;
  /** Java's: murmur2 of the key. */
  readonly defaultPartitioner: ICustomPartitioner;
  readonly compressionTypes: Readonly<Record<Compression, CompressionTypes>>;
}

let loading: Promise<Kafkajs> | undefined;

/** kafkajs, loaded when it is first needed. */
export async function loadKafkajs(): Promise<Kafkajs> {
  return (loading ??= load());
}

async function load(): Promise<Kafkajs> {
  const { default: kafkajs } = await import('kafkajs');
  const { CompressionTypes: types, CompressionCodecs } = kafkajs;
  // A codec that somebody else has put there reads and writes the same.
  CompressionCodecs[types.ZSTD] = () => ZSTD;
  await mendIdleTimer();
  return {
    Kafka: kafkajs.Kafka,
    logLevel: kafkajs.logLevel,
    defaultPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    compressionTypes: { none: types.None, gzip: types.GZIP, zstd: types.ZSTD },
  };
}

const zstd = promisify<Buffer, Buffer>(zstdCompress);
const unzstd = promisify<Buffer, Buffer>(zstdDecompress);

/** Zstandard by Node itself; kafkajs has none. */
const ZSTD = {
  compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => zstd(buffer),
  decompress: (buffer: Buffer): Promise<Buffer> => unzstd(buffer),
};

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * From its first answer on, a connection of kafkajs 2.2.4 starts a timer with a negative delay every millisecond, for ever:
 * 4 % of a core while idle, and a `TimeoutNegativeWarning` on Node 24 (tulios/kafkajs #1751; mended there in #1755 and #1768,
 * which were never released). The timer is for requests that wait for a throttle to end, so without any it is not needed.
 */
async function mendIdleTimer(): Promise<void> {
  const path: string = 'kafkajs/src/network/requestQueue/index.js';
  // Another version may have it elsewhere, and need no mending.
  const found: unknown = await import(path).catch(() => undefined);
  const queue = (found as { default?: { prototype?: Partial<RequestQueue> } } | undefined)?.default?.prototype;
  const schedule = queue?.scheduleCheckPendingRequests;
  if (queue === undefined || schedule === undefined) return;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
