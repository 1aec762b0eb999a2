/** "Grtx": in the header of every journal, so that `file` and this package know one. */
export const APPLICATION_ID = 0x47727478;

/**
 * How to get from each version of the layout to the next one; the first entry makes an empty journal. An entry is never
 * changed once it was published: a further version is a further entry.
 *
 * Small columns stand before large ones: SQLite then reads them without the pages that the large ones flow over to.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE groups (first INTEGER PRIMARY KEY, count INTEGER, at INTEGER, ids_crc INTEGER, crc INTEGER, ids TEXT, texts TEXT);
  CREATE TABLE earlier_ids (first INTEGER PRIMARY KEY, count INTEGER, at INTEGER, ids_crc INTEGER, ids TEXT);
  CREATE TABLE cursors (name TEXT PRIMARY KEY, crc INTEGER, value TEXT) WITHOUT ROWID;
  CREATE TABLE overruns (number INTEGER PRIMARY KEY, crc INTEGER, value TEXT);
  CREATE TABLE gaps (number INTEGER PRIMARY KEY, crc INTEGER, value TEXT);
  CREATE TABLE dead_letters (number INTEGER PRIMARY KEY, is_frame INTEGER, size INTEGER, crc INTEGER, value TEXT);
  CREATE TABLE receipts (number INTEGER PRIMARY KEY, last INTEGER, crc INTEGER, value TEXT);
  CREATE TABLE state (name TEXT PRIMARY KEY, crc INTEGER, value TEXT) WITHOUT ROWID;
  `,
];

export const LAYOUT_VERSION = MIGRATIONS.length;
export const PAGE_BYTES = 4_096;

/** Every table, and the columns that make a row of it. The first one is its key. */
export const TABLES: Readonly<Record<string, readonly string[]>> = {
  groups: ['first', 'count', 'at', 'ids_crc', 'crc', 'ids', 'texts'],
  earlier_ids: ['first', 'count', 'at', 'ids_crc', 'ids'],
  cursors: ['name', 'crc', 'value'],
  overruns: ['number', 'crc', 'value'],
  gaps: ['number', 'crc', 'value'],
  dead_letters: ['number', 'is_frame', 'size', 'crc', 'value'],
  receipts: ['number', 'last', 'crc', 'value'],
  state: ['name', 'crc', 'value'],
};
