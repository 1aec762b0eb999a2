import { EventRecord, type RecordGroup } from '@grantex/core';
import { crc32 } from 'node:zlib';

/** Between two texts: no JSON text holds it (RFC 7464). */
const SEPARATOR = '\u001e';

/** Records as one row of the table `groups`. */
export interface GroupRow {
  readonly first: number;
  readonly count: number;
  /** When they were appended. Unix epoch, milliseconds. */
  readonly at: number;
  /** Checksum of everything but the texts, which may be long. */
  readonly ids_crc: number;
  /** Checksum of everything. */
  readonly crc: number;
  /** A JSON list. */
  readonly ids: string;
  /** UTF-8, to be stored as a text. */
  readonly texts: Uint8Array;
}

/** The part of a row that is the same wherever and whenever it is stored. */
export type GroupContent = Pick<GroupRow, 'count' | 'ids' | 'texts'>;

/** Beside the ids and the texts, about. */
const ROW_BYTES = 64;

type StoredRow = Readonly<Record<string, unknown>>;

/** The texts become bytes here, once: the checksum and SQLite would each make a copy of their own of a text. */
export function encodeContent(records: readonly EventRecord[]): GroupContent {
  const ids = JSON.stringify(records.map(({ id }) => id));
  return { count: records.length, ids, texts: Buffer.from(joinTexts(records)) };
}

/** What the content will take in the file, about. */
export function bytesOf({ ids, texts }: GroupContent): number {
  return texts.byteLength + ids.length + ROW_BYTES;
}

export function encodeGroup(first: number, at: number, { count, ids, texts }: GroupContent): GroupRow {
  const idsCrc = checksumOfIds(first, count, at, ids);
  return { first, count, at, ids_crc: idsCrc, crc: crc32(texts, idsCrc), ids, texts };
}

/** The ids of a row of `groups` or `earlier_ids`; undefined when they are not what was written. */
export function decodeIds(row: StoredRow): readonly string[] | undefined {
  const { first, count, at, ids, ids_crc: crc } = row;
  if (typeof ids !== 'string' || checksumOfIds(first, count, at, ids) !== crc) return undefined;
  return JSON.parse(ids) as string[];
}

/** The row's records; undefined when they are not what was written. */
export function decodeGroup(row: StoredRow): RecordGroup | undefined {
  const ids = decodeIds(row);
  const { first, texts, ids_crc: idsCrc, crc } = row;
  if (ids === undefined || typeof texts !== 'string' || crc32(texts, idsCrc as number) !== crc) return undefined;
  const position = first as number;
  const parts = splitTexts(texts);
  const records = ids.map((id, index) => {
    const record = new EventRecord(id, parts[index] ?? '');
    record.position = position + index;
    return record;
  });
  return { first: position, last: position + records.length - 1, records };
}

function checksumOfIds(first: unknown, count: unknown, at: unknown, ids: string): number {
  return crc32(`${String(first)}:${String(count)}:${String(at)}:${ids}`);
}

/** Readable as it stands where that is possible. Texts that UTF-8 or the separator would change become a JSON list. */
function joinTexts(records: readonly EventRecord[]): string {
  const joined = records.map(({ text }) => text).join(SEPARATOR);
  const isPlain = !joined.startsWith('[') && !joined.includes('\0') && joined.isWellFormed();
  if (isPlain && countSeparators(joined) === records.length - 1) return joined;
  return JSON.stringify(records.map(({ text }) => text));
}

function splitTexts(texts: string): readonly string[] {
  return texts.startsWith('[') ? (JSON.parse(texts) as string[]) : texts.split(SEPARATOR);
}

function countSeparators(text: string): number {
  let count = 0;
  for (let at = text.indexOf(SEPARATOR); at !== -1; at = text.indexOf(SEPARATOR, at + 1)) count++;
  return count;
}
