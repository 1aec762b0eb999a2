import { dirname, basename } from 'node:path';
import { decodeMark, type Mark } from './operation.ts';
import { decodeString, type SystemCall } from './trace.ts';

/** What a process did to one folder and to the files in it, or said. Files are known by the name they are opened with. */
export type FolderCall =
  | {
      readonly kind: 'open';
      readonly handle: number;
      readonly name: string;
      readonly creates: boolean;
      readonly cuts: boolean;
      readonly appends: boolean;
    }
  | { readonly kind: 'write'; readonly handle: number; readonly at: number | undefined; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly handle: number; readonly length: number }
  | { readonly kind: 'sync'; readonly handle: number }
  | { readonly kind: 'syncFolder' }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'mark'; readonly mark: Mark };

/** SQLite's index of the log lives in memory that processes share, and is made anew when the first of them opens it. */
const IGNORED = /-shm$/;

/**
 * Tells which system calls concern the folder. Throws at one that does and is not understood: a proof that looks away proves
 * nothing.
 */
export class FolderCalls {
  readonly #folder: string;
  /** What each file descriptor stands for: a handle of its own for every opening; none is given twice. */
  readonly #open = new Map<string, { readonly handle: number; readonly name: string }>();
  readonly #folders = new Set<string>();
  #handles = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined when the call is of no interest. */
  understand({ name, words, result }: SystemCall): FolderCall | undefined {
    const [first = '', second = '', third = '', fourth = ''] = words;
    const file = this.#open.get(first);
    switch (name) {
      case 'openat':
        return this.#opened(second, third, String(result));
      case 'close':
        this.#open.delete(first);
        this.#folders.delete(first);
        return undefined;
      case 'write':
      case 'pwrite64': {
        const isMarked = file === undefined && first === '1' && name === 'write';
        if (isMarked) return this.#said(second);
        if (file === undefined) return undefined;
        const at = name === 'pwrite64' ? Number(fourth) : undefined;
        return { kind: 'write', handle: file.handle, at, bytes: decodeString(second).subarray(0, result) };
      }
      case 'ftruncate':
        return file && { kind: 'truncate', handle: file.handle, length: Number(second) };
      case 'fsync':
      case 'fdatasync':
        if (this.#folders.has(first)) return { kind: 'syncFolder' };
        return file && { kind: 'sync', handle: file.handle };
      case 'unlink':
        return this.#unlinked(first);
      case 'unlinkat':
        return this.#unlinked(second);
      case 'rename':
        return this.#renamed(first, second);
      case 'renameat':
      case 'renameat2':
        return this.#renamed(second, fourth);
      default:
        if (this.#concerns(name, words)) throw new Error(`${name} on the folder: this disk has no model of it`);
        return undefined;
    }
  }

  #opened(path: string, flags: string, descriptor: string): FolderCall | undefined {
    const text = decodeString(path).toString();
    if (text === this.#folder) this.#folders.add(descriptor);
    const name = this.#nameIn(text);
    if (name === undefined) return undefined;
    const handle = ++this.#handles;
    this.#open.set(descriptor, { handle, name });
    const has = (flag: string): boolean => flags.includes(flag);
    return { kind: 'open', handle, name, creates: has('O_CREAT'), cuts: has('O_TRUNC'), appends: has('O_APPEND') };
  }

  #said(text: string): FolderCall | undefined {
    const mark = decodeMark(decodeString(text));
    return mark && { kind: 'mark', mark };
  }

  #unlinked(path: string): FolderCall | undefined {
    const name = this.#nameIn(decodeString(path).toString());
    return name === undefined ? undefined : { kind: 'unlink', name };
  }

  #renamed(one: string, other: string): FolderCall | undefined {
    const [from, to] = [one, other].map((path) => this.#nameIn(decodeString(path).toString()));
    if (from === undefined && to === undefined) return undefined;
    if (from === undefined || to === undefined) throw new Error('rename across folders: this disk has no model of it');
    return { kind: 'rename', from, to };
  }

  #nameIn(path: string): string | undefined {
    return dirname(path) === this.#folder && !IGNORED.test(path) ? basename(path) : undefined;
  }

  #concerns(name: string, words: readonly string[]): boolean {
    // Of a mapping the file's descriptor is the fifth; one that is only read changes nothing.
    if (name === 'mmap') return words[2]?.includes('PROT_WRITE') === true && this.#open.has(words[4] ?? '');
    if (this.#open.has(words[0] ?? '') || this.#open.has(words[2] ?? '')) return true;
    return words.some((word) => word.startsWith('"') && this.#nameIn(decodeString(word).toString()) !== undefined);
  }
}
