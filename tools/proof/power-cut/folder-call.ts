import { dirname, basename } from 'node:path';
import { decodeMark, type Mark } from './operation.ts';
import { decodeString, type SystemCall, type TraceStep } from './trace.ts';

/** What another thread's calls may come into. */
export type LastingCall =
  | { readonly kind: 'write'; readonly handle: number; readonly at: number | undefined; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly handle: number; readonly length: number }
  | { readonly kind: 'sync'; readonly handle: number }
  | { readonly kind: 'syncFolder' };

/**
 * What a process did to one folder and to the files in it, or said. Files are known by the name they are opened with. What
 * has not begun before began and ended at once.
 */
export type FolderCall =
  | LastingCall
  | { readonly kind: 'begun' | 'failed'; readonly call: LastingCall }
  | { readonly kind: 'ended'; readonly call: LastingCall; readonly result: number }
  | {
      readonly kind: 'open';
      readonly handle: number;
      readonly name: string;
      readonly creates: boolean;
      readonly cuts: boolean;
      readonly appends: boolean;
    }
  | { readonly kind: 'unlink'; readonly name: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'mark'; readonly mark: Mark };

/** SQLite's index of the log lives in memory that processes share, and is made anew when the first of them opens it. */
const IGNORED = /-shm$/;

/**
 * Calls that are understood when they begin: a descriptor stands for another file as soon as `close` has let go of it, and
 * what a mark says was so before. The others are known by their end: a name has changed then, a descriptor is told.
 */
const KNOWN_AT_BEGINNING = new Set(['close', 'write', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync']);

/**
 * Tells which system calls concern the folder. Throws at one that does and is not understood: a proof that looks away proves
 * nothing.
 */
export class FolderCalls {
  readonly #folder: string;
  /** What each file descriptor of all threads stands for: a handle of its own for every opening; none is given twice. */
  readonly #open = new Map<string, { readonly handle: number; readonly name: string }>();
  readonly #folders = new Set<string>();
  /** By thread: what it has begun, as far as it concerns the folder. */
  readonly #begun = new Map<string, LastingCall | undefined>();
  #handles = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined when the step is of no interest. */
  understand(step: TraceStep): FolderCall | undefined {
    const { kind, thread } = step;
    if (kind === 'begun') return this.#begin(thread, step.call);
    if (!this.#begun.has(thread)) return kind === 'ended' ? this.#understandCall(step.call) : undefined;
    const call = this.#begun.get(thread);
    this.#begun.delete(thread);
    if (call === undefined) return undefined;
    return kind === 'ended' ? { kind, call, result: step.call.result ?? 0 } : { kind, call };
  }

  #begin(thread: string, begun: SystemCall): FolderCall | undefined {
    this.#begun.delete(thread);
    if (!KNOWN_AT_BEGINNING.has(begun.name)) return undefined;
    const call = this.#understandCall(begun);
    const lasting = call === undefined || !isLasting(call) ? undefined : call;
    this.#begun.set(thread, lasting);
    return lasting === undefined ? call : { kind: 'begun', call: lasting };
  }

  #understandCall({ name, words, result }: SystemCall): FolderCall | undefined {
    const [first = '', second = '', third = '', fourth = ''] = words;
    const file = this.#open.get(first);
    switch (name) {
      case 'openat':
        return this.#opened(second, third, String(result));
      case 'close':
        this.#closed(first);
        return undefined;
      case 'dup':
      case 'dup2':
      case 'dup3':
        this.#duplicated(first, String(result));
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

  #closed(descriptor: string): void {
    this.#open.delete(descriptor);
    this.#folders.delete(descriptor);
  }

  /** The copy shares the handle, and with it the position. */
  #duplicated(descriptor: string, copy: string): void {
    if (descriptor === copy) return;
    this.#closed(copy);
    const file = this.#open.get(descriptor);
    if (file !== undefined) this.#open.set(copy, file);
    if (this.#folders.has(descriptor)) this.#folders.add(copy);
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

function isLasting(call: FolderCall): call is LastingCall {
  return call.kind === 'write' || call.kind === 'truncate' || call.kind === 'sync' || call.kind === 'syncFolder';
}
