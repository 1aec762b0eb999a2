import { randomFillSync } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { isDiskFull } from './sqlite-error.js';

/** Written at once: random, so that no file system stores it in less. */
const PIECE_BYTES = 1_048_576;

/** A file of no content that keeps some of the disk free for the journal, to be let go when nothing else is. */
export class Ballast {
  readonly #path: string;
  readonly #bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = `${path}-ballast`;
    this.#bytes = bytes;
  }

  /** Whether it stands. Makes it where there is room. */
  restore(): boolean {
    if (this.#size === this.#bytes) return true;
    try {
      this.#write();
      return true;
    } catch (error) {
      this.release();
      if (isDiskFull(error)) return false;
      throw error;
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }

  get #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #write(): void {
    const file = openSync(this.#path, 'w', 0o600);
    try {
      const piece = randomFillSync(Buffer.alloc(Math.min(PIECE_BYTES, this.#bytes)));
      for (let left = this.#bytes; left > 0;) left -= writeSync(file, piece, 0, Math.min(left, piece.length));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
