import type { Chance } from './chance.ts';
import type { FolderCall } from './folder-call.ts';
import { StoredFile, type Loss } from './stored-file.ts';

/** A change of the folder itself: what each name stands for afterwards; undefined for nothing. */
type NameChange = ReadonlyMap<string, StoredFile | undefined>;

interface Handle {
  readonly file: StoredFile;
  readonly appends: boolean;
  position: number;
}

/** One folder of a disk with a volatile cache: what was synced stays, what was not stays or does not. */
export class Disk {
  /** Names as the process sees them, and as they surely are on the disk. */
  readonly #names = new Map<string, StoredFile>();
  readonly #durable = new Map<string, StoredFile>();
  #changes: NameChange[] = [];
  readonly #handles = new Map<number, Handle>();

  apply(call: FolderCall): void {
    switch (call.kind) {
      case 'open':
        return this.#open(call);
      case 'write':
        return this.#write(call);
      case 'truncate':
        return this.#handle(call.handle).file.truncate(call.length);
      case 'sync':
        return this.#sync(this.#handle(call.handle).file);
      case 'syncFolder':
        for (const change of this.#changes) settle(this.#durable, change);
        this.#changes = [];
        return undefined;
      case 'unlink':
        return this.#rename(new Map([[call.name, undefined]]));
      case 'rename':
        return this.#rename(
          new Map([
            [call.from, undefined],
            [call.to, this.#names.get(call.from)],
          ]),
        );
      case 'mark':
        return undefined;
    }
  }

  /** The folder as a power cut could leave it now. */
  afterPowerCut(chance: Chance): ReadonlyMap<string, Buffer> {
    const names = new Map(this.#durable);
    for (const change of keptChanges(this.#changes, chance)) settle(names, change);
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
      this.#rename(new Map([[name, file]]));
    } else if (cuts) file.truncate(0);
    this.#handles.set(handle, { file, appends, position: 0 });
  }

  #write({ handle, at, bytes }: Extract<FolderCall, { kind: 'write' }>): void {
    const open = this.#handle(handle);
    if (at !== undefined) return open.file.write(at, bytes);
    if (open.appends) open.position = open.file.size;
    open.file.write(open.position, bytes);
    open.position += bytes.length;
  }

  /** A file that was synced is there under its name, as on ext4 and its kin: with it what its name stood for before. */
  #sync(file: StoredFile): void {
    file.sync();
    const last = this.#changes.findLastIndex((change) => [...change.values()].includes(file));
    if (last === -1) return;
    const isNamed = (change: NameChange): boolean => change === this.#changes[last];
    const kept = keptWith(this.#changes.slice(0, last + 1), isNamed);
    for (const change of kept) settle(this.#durable, change);
    this.#changes = this.#changes.filter((change) => !kept.includes(change));
  }

  #rename(change: NameChange): void {
    settle(this.#names, change);
    this.#changes.push(change);
  }
}

function settle(names: Map<string, StoredFile>, change: NameChange): void {
  for (const [name, file] of change) {
    if (file === undefined) names.delete(name);
    else names.set(name, file);
  }
}

function keptChanges(changes: readonly NameChange[], chance: Chance): NameChange[] {
  return keptWith(changes, () => chance.is(0.5));
}

/** The changes that are chosen, and every earlier one of the same names: a name's history has no holes. */
function keptWith(changes: readonly NameChange[], isChosen: (change: NameChange) => boolean): NameChange[] {
  const kept: NameChange[] = [];
  const names = new Set<string>();
  for (const change of changes.toReversed()) {
    const touched = [...change.keys()];
    if (!isChosen(change) && !touched.some((name) => names.has(name))) continue;
    for (const name of touched) names.add(name);
    kept.unshift(change);
  }
  return kept;
}
