import type { Chance } from './chance.ts';
import type { FolderCall, LastingCall } from './folder-call.ts';
import { FolderNames } from './folder-names.ts';
import { StoredFile, type Change, type Loss } from './stored-file.ts';

interface Handle {
  readonly file: StoredFile;
  readonly appends: boolean;
  position: number;
}

/** A call that has begun. */
interface Unfinished {
  readonly end: (result: number) => void;
  readonly fail: () => void;
}

/** One folder of a disk with a volatile cache: what was synced stays, what was not stays or does not. */
export class Disk {
  readonly #names = new FolderNames();
  readonly #handles = new Map<number, Handle>();
  readonly #unfinished = new Map<LastingCall, Unfinished>();

  apply(call: FolderCall): void {
    switch (call.kind) {
      case 'open':
        return this.#open(call);
      case 'write':
      case 'truncate':
      case 'sync':
      case 'syncFolder':
        return this.#begin(call).end(call.kind === 'write' ? call.bytes.length : 0);
      case 'begun':
        this.#unfinished.set(call.call, this.#begin(call.call));
        return undefined;
      case 'ended':
        return this.#finish(call.call).end(call.result);
      case 'failed':
        return this.#finish(call.call).fail();
      case 'unlink':
        return this.#names.change([call.name, undefined]);
      case 'rename':
        return this.#names.change([call.from, undefined], [call.to, this.#names.get(call.from)]);
      case 'mark':
        return undefined;
    }
  }

  /** The folder as a power cut could leave it now. */
  afterPowerCut(chance: Chance): ReadonlyMap<string, Buffer> {
    const names = this.#names.afterPowerCut(chance);
    const sectorBytes = chance.of([512, 4_096]);
    const files = new Map<string, Buffer>();
    for (const [name, file] of names) {
      // By file: one may be all there, and another one not at all.
      const loss: Loss = { sectorBytes, kept: chance.of([0, 0.1, 0.5, 0.5, 0.9, 1]) };
      files.set(name, file.afterPowerCut(chance, loss));
    }
    return files;
  }

  #handle(handle: number): Handle {
    const known = this.#handles.get(handle);
    if (known === undefined) throw new Error('the trace uses a file that was never opened');
    return known;
  }

  #open({ handle, name, creates, cuts, appends }: Extract<FolderCall, { kind: 'open' }>): void {
    let file = this.#names.get(name);
    if (file === undefined) {
      if (!creates) throw new Error(`${name} is opened and was never made: the folder was not empty`);
      file = new StoredFile();
      this.#names.change([name, file]);
    } else if (cuts) file.change({ kind: 'truncate', length: 0 });
    this.#handles.set(handle, { file, appends, position: 0 });
  }

  #begin(call: LastingCall): Unfinished {
    switch (call.kind) {
      case 'write':
        return this.#beginWrite(call);
      case 'truncate':
        return beginChange(this.#handle(call.handle).file, { kind: 'truncate', length: call.length });
      case 'sync': {
        const { file } = this.#handle(call.handle);
        return beginSyncs(file.beginSync(), this.#names.beginFileSync(file));
      }
      case 'syncFolder':
        return beginSyncs(this.#names.beginSync());
    }
  }

  #finish(call: LastingCall): Unfinished {
    const unfinished = this.#unfinished.get(call);
    if (unfinished === undefined) throw new Error('the trace ends a call that never began');
    this.#unfinished.delete(call);
    return unfinished;
  }

  #beginWrite({ handle, at, bytes }: Extract<LastingCall, { kind: 'write' }>): Unfinished {
    const open = this.#handle(handle);
    const from = at ?? (open.appends ? open.file.size : open.position);
    const { end, fail } = beginChange(open.file, { kind: 'write', at: from, bytes });
    return {
      fail,
      end: (result) => {
        end(result);
        if (at === undefined) open.position = from + result;
      },
    };
  }
}

/** Until it has ended, it may be there or not; afterwards as well, until it is synced. */
function beginChange(file: StoredFile, change: Change): Unfinished {
  file.begin(change);
  const fail = (): void => file.forget(change);
  return {
    fail,
    end: (result) => {
      fail();
      // A write may have been a short one.
      file.change(change.kind === 'write' ? { ...change, bytes: change.bytes.subarray(0, result) } : change);
    },
  };
}

/** A sync that failed has promised nothing. */
function beginSyncs(...ends: readonly (() => void)[]): Unfinished {
  return { end: () => ends.forEach((end) => end()), fail: () => {} };
}
