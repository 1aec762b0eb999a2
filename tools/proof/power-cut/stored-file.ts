import type { Chance } from './chance.ts';

export type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly length: number };

/** How a power cut treats what was not synced. */
export interface Loss {
  readonly sectorBytes: number;
  /** The probability with which a change to a sector has reached the disk. */
  readonly kept: number;
}

/** A file: what is surely on the disk, and the changes since then, each of which may be there or not. */
export class StoredFile {
  #durable: Buffer = Buffer.alloc(0);
  #changes: Change[] = [];
  /** Changes that a thread is about to make: each may be there already, in part. */
  readonly #begun = new Set<Change>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** A change that has ended: the process sees it. */
  change(change: Change): void {
    this.#changes.push(change);
    this.#size = sizeAfter(this.#size, change);
  }

  begin(change: Change): void {
    this.#begun.add(change);
  }

  /** The change that had begun has come to its end, or to nothing. */
  forget(change: Change): void {
    this.#begun.delete(change);
  }

  /** Gives what ends the sync. Then it counts, and for what had ended when it began: of anything later it knows nothing. */
  beginSync(): () => void {
    const covered = new Set(this.#changes);
    return () => {
      const [synced, left] = [true, false].map((is) => this.#changes.filter((change) => covered.has(change) === is));
      this.#durable = apply(this.#durable, synced ?? []);
      this.#changes = left ?? [];
    };
  }

  /**
   * The file as a power cut could leave it. A sector is on the disk as it was after some of the changes to it, whole; each
   * sector by itself, so that a write may be torn and a later one may have overtaken it.
   */
  afterPowerCut(chance: Chance, { sectorBytes, kept }: Loss): Buffer {
    const changes = [...this.#changes, ...this.#begun];
    if (changes.length === 0) return this.#durable;
    const lastKept = new Map<number, number>();
    const keptCuts = new Set<number>();
    for (const [index, change] of changes.entries()) {
      if (change.kind === 'truncate') {
        if (chance.is(kept)) keptCuts.add(index);
        continue;
      }
      for (const sector of sectorsOf(change, sectorBytes)) if (chance.is(kept)) lastKept.set(sector, index);
    }
    const pieces = changes.flatMap((change, index): Change[] => {
      if (change.kind === 'truncate') return keptCuts.has(index) ? [change] : [];
      return sectorsOf(change, sectorBytes)
        .filter((sector) => (lastKept.get(sector) ?? -1) >= index)
        .map((sector) => cutOut(change, sector * sectorBytes, (sector + 1) * sectorBytes));
    });
    // A file system may know the new length before it has the content: zeros, then.
    const isLong = chance.is(0.5);
    const bytes = apply(this.#durable, pieces);
    const size = changes.reduce(sizeAfter, this.#durable.length);
    return isLong && bytes.length < size ? resized(bytes, size) : bytes;
  }
}

type Write = Extract<Change, { kind: 'write' }>;

function sizeAfter(size: number, change: Change): number {
  return change.kind === 'truncate' ? change.length : Math.max(size, change.at + change.bytes.length);
}

function sectorsOf({ at, bytes }: Write, sectorBytes: number): number[] {
  const first = Math.floor(at / sectorBytes);
  const count = bytes.length === 0 ? 0 : Math.floor((at + bytes.length - 1) / sectorBytes) - first + 1;
  return Array.from({ length: count }, (_, index) => first + index);
}

function cutOut({ at, bytes }: Write, from: number, to: number): Write {
  const start = Math.max(from, at);
  return { kind: 'write', at: start, bytes: bytes.subarray(start - at, to - at) };
}

/** Leaves `content` as it is. */
function apply(content: Buffer, changes: readonly Change[]): Buffer {
  let length = content.length;
  let most = length;
  for (const change of changes) {
    length = sizeAfter(length, change);
    most = Math.max(most, length);
  }
  const bytes = resized(content, most);
  let end = content.length;
  for (const change of changes) {
    if (change.kind === 'truncate') {
      // What is cut off comes back as zeros, should the file grow again.
      if (change.length < end) bytes.fill(0, change.length, end);
      end = change.length;
    } else {
      bytes.set(change.bytes, change.at);
      end = Math.max(end, change.at + change.bytes.length);
    }
  }
  return bytes.subarray(0, end);
}

function resized(bytes: Buffer, length: number): Buffer {
  const copy = Buffer.alloc(length);
  bytes.copy(copy, 0, 0, Math.min(length, bytes.length));
  return copy;
}
