import {
  type Stats,
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { FileSystem, OpenFile } from '../src/file-system.js';

type Call = keyof FileSystem | keyof OpenFile;

/**
 * The real file system, with faults that it cannot be made to show. What it does is done at once: while a test's clock moves on,
 * nothing is under way.
 */
export class FaultyFiles implements FileSystem {
  readonly #faults = new Map<Call, () => Promise<void>>();
  /** Bytes that can still be written before the disk is full. */
  room = Infinity;

  /** From now on this comes before each of these calls; what it throws is the error of the call. */
  before(call: Call, act: () => Promise<void>): void {
    this.#faults.set(call, act);
  }

  /** From now on these calls fail with this error of the system. */
  fail(code: string, ...calls: readonly Call[]): void {
    for (const call of calls) this.before(call, () => Promise.reject(systemError(code)));
  }

  mend(): void {
    this.#faults.clear();
    this.room = Infinity;
  }

  async open(path: string, flags: string, mode?: number): Promise<OpenFile> {
    await this.#meet('open');
    const file = openSync(path, flags, mode);
    const after = async <Result>(call: Call, act: () => Result): Promise<Result> => {
      await this.#meet(call);
      return act();
    };
    return {
      stat: () => after('stat', () => fstatSync(file)),
      read: (buffer, offset, length, position) =>
        after('read', () => ({ bytesRead: readSync(file, buffer, offset, length, position) })),
      write: (bytes, offset) => after('write', () => ({ bytesWritten: this.#writeSome(file, bytes, offset) })),
      truncate: (size) => after('truncate', () => this.#truncate(file, size)),
      datasync: () => after('datasync', () => fdatasyncSync(file)),
      sync: () => after('sync', () => fsyncSync(file)),
      chmod: (bits) => after('chmod', () => fchmodSync(file, bits)),
      close: async () => closeSync(file),
    };
  }

  async stat(path: string): Promise<Stats> {
    return statSync(path);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#meet('rename');
    renameSync(from, to);
  }

  async unlink(path: string): Promise<void> {
    await this.#meet('unlink');
    unlinkSync(path);
  }

  async readdir(path: string): Promise<string[]> {
    return readdirSync(path);
  }

  async #meet(call: Call): Promise<void> {
    await this.#faults.get(call)?.();
  }

  /** As a disk does that becomes full: it takes a part, and refuses the rest. */
  #writeSome(file: number, bytes: Uint8Array, offset: number): number {
    const length = Math.min(bytes.byteLength - offset, this.room);
    if (length === 0) throw systemError('ENOSPC');
    this.room -= length;
    return writeSync(file, bytes, offset, length);
  }

  #truncate(file: number, size: number): void {
    this.room += fstatSync(file).size - size;
    ftruncateSync(file, size);
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code });
}
