import { createHash } from 'node:crypto';
import type { BatchItem, Compression } from '@grantex/core';
import { partitionOf, type Partitioning } from './encode.js';

export interface KeyOptions {
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly partitionBy: Partitioning;
  readonly compression: Compression;
}

const EXTENSIONS: Readonly<Record<Compression, string>> = { gzip: '.ndjson.gz', zstd: '.ndjson.zst', none: '.ndjson' };

/** 128 bits: whoever meets this key meets this content. */
const DIGEST_LENGTH = 32;
/** An id of Grantex has 30 characters. A folder or file may have 255 on many S3-compatible stores. */
const LONGEST_ID = 64;

/**
 * Names an object after what is in it: first and last id, how many events, and a digest of every line. The same events have
 * the same key wherever and whenever they are sent, others never have it, and the keys of a day sort by time.
 */
export function objectKey(items: readonly BatchItem<string>[], options: KeyOptions): string {
  const { prefix, partitionBy, compression } = options;
  const [first] = items;
  const last = items.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a batch has at least one event');
  const hash = createHash('sha256');
  for (const { record } of items) hash.update(record).update('\n');
  const digest = hash.digest('hex').slice(0, DIGEST_LENGTH);
  const name = `${idsInKey(first.event.id, last.event.id)}-${items.length}-${digest}${EXTENSIONS[compression]}`;
  return `${prefix}${partitionOf(first.event, partitionBy)}${name}`;
}

/** The beginning of the names of objects that hold just these. */
export function idsInKey(firstId: string, lastId: string): string {
  return `grantex-${plain(firstId)}-${plain(lastId)}`;
}

/** How the object of a key is compressed: a key that was stored before the options were changed still says it. */
export function compressionOf(key: string): Compression {
  if (key.endsWith(EXTENSIONS.gzip)) return 'gzip';
  return key.endsWith(EXTENSIONS.zstd) ? 'zstd' : 'none';
}

/** What a key begins with before the folders of the partition. */
export function prefixOf(key: string): string {
  return key.slice(0, key.lastIndexOf('dt='));
}

/** Characters that need no encoding anywhere. The digest keeps ids apart that become the same. */
function plain(id: string): string {
  return id.replaceAll(/[^\w.-]/g, '_').slice(0, LONGEST_ID);
}
