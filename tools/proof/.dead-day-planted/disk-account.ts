import type { Published } from './day-stream.ts';

/** SQLite's pages, from "Database File Format": `usable` bytes of a page, and what may stand in a leaf of a table. */
const PAGE = 4_096;
const MOST_IN_LEAF = PAGE - 35;
const LEAST_IN_LEAF = Math.floor(((PAGE - 12) * 32) / 255) - 23;
/** Of an overflow page four bytes say where the next one is. */
const IN_OVERFLOW = PAGE - 4;
const LEAF_HEADER = 8;
/** Pointer to the cell, its length and key as varints, pointer to its overflow. */
const CELL = 2 + 3 + 4 + 4;
/** The row's header, its numbers and checksums. */
const ROW = 36;

/** What rows of so many bytes take in the file, without the inner pages of the tree (one for some hundred leaves). */
export class DiskAccount {
  #pages = 1;
  #freeInLeaf = PAGE - LEAF_HEADER;

  /** The group is one row: a JSON list of ids, and the texts with a character between two. */
  add(group: readonly Published[]): void {
    const ids = group.reduce((sum, { id }) => sum + id.length + 3, 1);
    const texts = group.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, -1);
    this.#addRow(ROW + ids + texts);
  }

  get bytes(): number {
    return this.#pages * PAGE;
  }

  #addRow(bytes: number): void {
    const inLeaf = bytes <= MOST_IN_LEAF ? bytes : leafPart(bytes);
    this.#pages += Math.ceil((bytes - inLeaf) / IN_OVERFLOW);
    // Rows come in the order of their keys: a leaf is filled, then the next one is begun.
    if (inLeaf + CELL > this.#freeInLeaf) {
      this.#pages++;
      this.#freeInLeaf = PAGE - LEAF_HEADER;
    }
    this.#freeInLeaf -= inLeaf + CELL;
  }
}

/** So much stands in the leaf that the overflow pages are full, if that fits. */
function leafPart(bytes: number): number {
  const rest = LEAST_IN_LEAF + ((bytes - LEAST_IN_LEAF) % IN_OVERFLOW);
  return rest <= MOST_IN_LEAF ? rest : LEAST_IN_LEAF;
}
