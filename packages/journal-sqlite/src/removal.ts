import type { CursorProgress, PositionRange, SettledPositions } from '@grantex/core';
import { settledByAll } from './settled-by-all.js';
import { positionName, type SqliteCursor } from './sqlite-cursor.js';
import type { GroupHead, StoredGroups } from './stored-groups.js';

/** Heads of groups read at once. */
const PIECE = 64;

/** What one cursor is moved past. */
export interface Skipped {
  firstId: string;
  lastId: string;
  count: number;
}

/**
 * Groups that are deleted in one transaction, and what follows from that for the cursors. Nothing outside changes before
 * {@link adopt}.
 */
export class Removal {
  readonly #groups: StoredGroups;
  readonly #cursors: readonly SqliteCursor[];
  /** Copies, made when they are needed. */
  readonly #progress = new Map<SqliteCursor, CursorProgress>();
  readonly #idsAbove: number;
  #gone: SettledPositions | undefined;
  readonly skipped = new Map<SqliteCursor, Skipped>();
  #count = 0;

  /** Ids above the position `idsAbove` are remembered. */
  constructor(groups: StoredGroups, cursors: readonly SqliteCursor[], idsAbove: number) {
    this.#groups = groups;
    this.#cursors = cursors;
    this.#idsAbove = idsAbove;
  }

  /** Groups deleted. */
  get count(): number {
    return this.#count;
  }

  /** Positions that are not held any more, afterwards. */
  get gone(): SettledPositions {
    this.#gone ??= this.#groups.gone.copy();
    return this.#gone;
  }

  progressOf(cursor: SqliteCursor): CursorProgress {
    return this.#progress.get(cursor) ?? cursor.progress;
  }

  /** Deletes groups that everybody has settled, oldest first, while `isWanted`. */
  dropSettled(isWanted: (group: GroupHead) => boolean): void {
    const all = this.#cursors.map((cursor) => this.progressOf(cursor).settled);
    for (const [first, last] of settledByAll(all, this.#groups.head)) {
      for (let next = this.gone.nextUnsettled(first); next <= last;) {
        const heads = this.#groups.heads(next, PIECE);
        for (const head of heads) {
          if (head.last > last) break;
          if (!isWanted(head)) return;
          if (head.first >= first) this.#delete(head);
        }
        if (heads.length === 0) break;
        next = this.gone.nextUnsettled((heads.at(-1)?.last ?? last) + 1);
      }
    }
  }

  /**
   * Moves the cursors that lag most past what they have not read, from the oldest group on, while `isWanted`. What a cursor
   * has read stays: its delivery holds it anyway, and may still deliver it.
   */
  overrun(isWanted: () => boolean): void {
    for (const cursor of this.#cursors) this.#progress.set(cursor, cursor.progress.copy());
    const positions = [...this.#progress.values()].map(({ readPosition }) => readPosition);
    let next = Math.min(...positions, this.#groups.head + 1);
    for (;;) {
      const heads = this.#groups.heads(next, PIECE);
      for (const head of heads) {
        if (!isWanted()) return;
        for (const [cursor, progress] of this.#progress) this.#note(cursor, progress.skip(head.first, head.last));
        if (this.#isSettled(head)) this.#delete(head);
      }
      const last = heads.at(-1)?.last;
      if (last === undefined) return;
      next = last + 1;
    }
  }

  /** The transaction has come to stay. */
  adopt(): void {
    if (this.#count > 0) this.#groups.dropped(this.gone);
    for (const cursor of this.skipped.keys()) cursor.adopt(this.progressOf(cursor));
  }

  #isSettled({ first, last }: GroupHead): boolean {
    for (const { settled } of this.#progress.values()) if (!settled.covers(first, last)) return false;
    return true;
  }

  #delete({ first, last }: GroupHead): void {
    this.#groups.delete(first, this.#idsAbove);
    this.gone.add(first, last);
    this.#count++;
  }

  #note(cursor: SqliteCursor, ranges: readonly PositionRange[]): void {
    for (const [first, last] of ranges) {
      const lastId = this.#idAt(last);
      const before = this.skipped.get(cursor);
      const count = (before?.count ?? 0) + last - first + 1;
      this.skipped.set(cursor, { firstId: before?.firstId ?? this.#idAt(first), lastId, count });
    }
  }

  #idAt(position: number): string {
    return this.#groups.idAt(position) ?? positionName(position);
  }
}
