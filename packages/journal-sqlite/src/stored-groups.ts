import { SettledPositions, type EventRecord, type PositionRange, type RecordGroup } from '@grantex/core';
import { bytesInMemory, FreshGroups } from './fresh-groups.js';
import { decodeGroup, decodeIds, encodeGroup, type GroupContent } from './group-row.js';
import type { JournalDatabase } from './journal-database.js';

/** Groups read from the file lately: readers take a part of one at a time. */
const CACHE_BYTES = 4_194_304;

const INSERT =
  'INSERT OR REPLACE INTO groups (first, count, at, ids_crc, crc, ids, texts) VALUES (?, ?, ?, ?, ?, ?, CAST(? AS TEXT))';
const AT_OR_BELOW = 'SELECT first FROM groups WHERE first <= ? ORDER BY first DESC LIMIT 1';
const ABOVE = 'SELECT first FROM groups WHERE first > ? ORDER BY first LIMIT 1';
const READ = 'SELECT first, count, at, ids_crc, crc, ids, texts FROM groups WHERE first = ?';
const READ_IDS = 'SELECT first, count, at, ids_crc, ids FROM groups WHERE first = ?';
const HEADS = 'SELECT first, count, at FROM groups WHERE first >= ? ORDER BY first LIMIT ?';
const DELETE = 'DELETE FROM groups WHERE first = ?';
const KEEP_IDS =
  'INSERT OR REPLACE INTO earlier_ids SELECT first, count, at, ids_crc, ids FROM groups WHERE first = ? AND first + count > ?';

/** Where a group is, without what is in it. */
export interface GroupHead {
  readonly first: number;
  readonly last: number;
  readonly at: number;
}

/** The groups of the journal: the newest in memory, all of them in the file. Positions that are gone are known. */
export class StoredGroups {
  readonly #database: JournalDatabase;
  readonly #onLost: (lost: PositionRange) => void;
  readonly #fresh = new FreshGroups();
  readonly #cache = new Map<number, RecordGroup>();
  #cachedBytes = 0;
  #gone: SettledPositions;
  #head: number;

  /** `onLost` is told of events that are not in the file any more, though nobody has deleted them. */
  constructor(
    database: JournalDatabase,
    known: { readonly head: number; readonly gone: SettledPositions },
    onLost: (lost: PositionRange) => void,
  ) {
    this.#database = database;
    this.#onLost = onLost;
    this.#head = known.head;
    this.#gone = known.gone;
    this.#fresh.reset(this.#head + 1);
  }

  get head(): number {
    return this.#head;
  }

  /** Positions that are not held any more. */
  get gone(): SettledPositions {
    return this.#gone;
  }

  get size(): number {
    return this.#gone.countUnsettled(this.#head);
  }

  /** Writes records behind the head. To be told by {@link appended} when that has come to stay. */
  insert(content: GroupContent, at: number): void {
    const row = encodeGroup(this.#head + 1, at, content);
    this.#database.statement(INSERT).run(row.first, row.count, row.at, row.ids_crc, row.crc, row.ids, row.texts);
  }

  appended(records: readonly EventRecord[]): void {
    const first = this.#head + 1;
    for (const record of records) record.position = ++this.#head;
    this.#fresh.push({ first, last: this.#head, records });
  }

  /** Everybody has settled what lies below the position: it is not kept in memory. What is old there costs the collector. */
  settledBelow(position: number): void {
    this.#fresh.dropBelow(position);
  }

  /** The whole group that holds the position or, where it is missing, the next one. */
  at(position: number): RecordGroup | undefined {
    for (let next = this.#gone.nextUnsettled(position); next <= this.#head;) {
      const group = next >= this.#fresh.from ? this.#fresh.at(next) : this.#stored(next);
      const end = Math.min(group?.first ?? Infinity, this.#head + 1);
      this.#lose(next, end - 1);
      if (group !== undefined) return group;
      next = this.#gone.nextUnsettled(end);
    }
    return undefined;
  }

  recordAt(position: number): EventRecord | undefined {
    const group = this.at(position);
    return group?.records[position - group.first];
  }

  /** The event's id, also where its text is damaged. */
  idAt(position: number): string | undefined {
    if (position >= this.#fresh.from) return this.recordAt(position)?.id;
    const first = this.#number(AT_OR_BELOW, position);
    const row = first === undefined ? undefined : this.#database.statement(READ_IDS).get(first);
    return row === undefined ? undefined : decodeIds(row)?.[position - Number(first)];
  }

  /** Groups from the position on, without their contents; the first one may begin below it. */
  heads(position: number, limit: number): readonly GroupHead[] {
    const from = this.#number(AT_OR_BELOW, position) ?? position;
    const rows = this.#database.statement(HEADS).all(from, limit + 1);
    return rows
      .map((row, index) => {
        const first = Number(row['first']);
        // The count is not checked here: it must not reach into the next group.
        const end = Math.min(Number(rows[index + 1]?.['first'] ?? Infinity), this.#head + 1);
        return { first, last: Math.min(first + Number(row['count']), end) - 1, at: Number(row['at']) };
      })
      .slice(0, limit)
      .filter(({ first, last }) => last >= Math.max(position, first));
  }

  /** Deletes a group. Its ids are kept when it ends above `idsAbove`. To be told by {@link dropped}. */
  delete(first: number, idsAbove: number): void {
    this.#database.statement(KEEP_IDS).run(first, idsAbove + 1);
    this.#database.statement(DELETE).run(first);
  }

  dropped(gone: SettledPositions): void {
    this.#gone = gone;
    for (const [first, group] of this.#cache) if (gone.covers(group.first, group.last)) this.#uncache(first, group);
  }

  /** Forgets what was read from the file: it is another one now. */
  forget(): void {
    this.#cache.clear();
    this.#cachedBytes = 0;
  }

  /** The group of the file that holds the position or the next whole one after it, within the same stretch. */
  #stored(position: number): RecordGroup | undefined {
    for (const group of this.#cache.values()) if (group.first <= position && position <= group.last) return group;
    const before = this.#number(AT_OR_BELOW, position);
    for (let first = before ?? this.#number(ABOVE, position); first !== undefined;) {
      const row = this.#database.statement(READ).get(first);
      const group = row === undefined ? undefined : decodeGroup(row);
      if (group !== undefined && group.last >= position && group.last <= this.#head) return this.#remember(group);
      const next = this.#number(ABOVE, Math.max(first, position));
      // What a broken tree leads to is no further down.
      first = next !== undefined && next > first ? next : undefined;
      if (first !== undefined && first >= this.#fresh.from) break;
    }
    return this.#fresh.at(position);
  }

  #remember(group: RecordGroup): RecordGroup {
    this.#cache.set(group.first, group);
    this.#cachedBytes += bytesInMemory(group);
    for (const [first, oldest] of this.#cache) {
      if (this.#cachedBytes <= CACHE_BYTES || oldest === group) break;
      this.#uncache(first, oldest);
    }
    return group;
  }

  #uncache(first: number, group: RecordGroup): void {
    this.#cache.delete(first);
    this.#cachedBytes -= bytesInMemory(group);
  }

  /** Notes which of these positions should be there and are not. */
  #lose(first: number, last: number): void {
    for (let next = this.#gone.nextUnsettled(first); next <= last; next = this.#gone.nextUnsettled(next)) {
      const following = this.#gone.ranges.find(([from]) => from > next)?.[0] ?? Infinity;
      const end = Math.min(last, following - 1);
      this.#gone.add(next, end);
      this.#onLost([next, end]);
    }
  }

  #number(sql: string, position: number): number | undefined {
    const first = this.#database.statement(sql).get(position)?.['first'];
    return first === undefined ? undefined : Number(first);
  }
}
