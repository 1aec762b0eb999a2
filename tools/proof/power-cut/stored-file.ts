import type { Chance } from './chance.ts';

type Change =
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
  #size = 0;

  get size(): number {
    return this.#size;
  }

  write(at: number, bytes: Buffer): void {
    this.#changes.push({ kind: 'write', at, bytes });
    this.#size = Math.max(this.#size, at + bytes.length);
  }

  truncate(length: number): void {
    this.#changes.push({ kind: 'truncate', length });
    this.#size = length;
  }

  sync(): void {
    this.#durable = apply(this.#durable, this.#changes);
    this.#changes = [];
  }

  /**
   * The file as a power cut could leave it. A sector is on the disk as it was after some of the changes to it, whole; each
   * sector by itself, so that a write may be torn and a later one may have overtaken it.
   */
  afterPowerCut(chance: Chance, { sectorBytes, kept }: Loss): Buffer {
    if (this.#changes.length === 0) return this.#durable;
    const lastKept = new Map<number, number>();
    const keptCuts = new Set<number>();
    for (const [index, change] of this.#changes.entries()) {
      if (change.kind === 'truncate') {
        if (chance.is(kept)) keptCuts.add(index);
        continue;
      }
      for (const sector of sectorsOf(change, sectorBytes)) if (chance.is(kept)) lastKept.set(sector, index);
    }
    const pieces = this.#changes.flatMap((change, index): Change[] => {
      if (change.kind === 'truncate') return keptCuts.has(index) ? [change] : [];
      return sectorsOf(change, sectorBytes)
        .filter((sector) => (lastKept.get(sector) ?? -1) >= index)
        .map((sector) => cutOut(change, sector * sectorBytes, (sector + 1) * sectorBytes));
    });
    // A file system may know the new length before it has the content: zeros, then.
    const isLong = chance.is(0.5);
    const bytes = apply(this.#durable, pieces);
    return isLong && bytes.length < this.#size ? resized(bytes, this.#size) : bytes;
  }
}

type Write = Extract<Change, { kind: 'write' }>;

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
    length = change.kind === 'truncate' ? change.length : Math.max(length, change.at + change.bytes.length);
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
