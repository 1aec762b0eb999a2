import type { Chance } from './chance.ts';
import type { StoredFile } from './stored-file.ts';

/** A change of the folder itself: what each name stands for afterwards; undefined for nothing. */
type NameChange = ReadonlyMap<string, StoredFile | undefined>;

/** What the names in a folder stand for: as the process sees them, and as they surely are on the disk. */
export class FolderNames {
  readonly #names = new Map<string, StoredFile>();
  readonly #durable = new Map<string, StoredFile>();
  #changes: NameChange[] = [];

  get(name: string): StoredFile | undefined {
    return this.#names.get(name);
  }

  change(...change: readonly (readonly [string, StoredFile | undefined])[]): void {
    const names = new Map(change);
    settle(this.#names, names);
    this.#changes.push(names);
  }

  /** Gives what ends a sync of the folder: it counts for the changes up to now. */
  beginSync(): () => void {
    const known = new Set(this.#changes);
    return () => this.#settle(this.#changes.filter((change) => known.has(change)));
  }

  /**
   * Gives what ends a sync of a file. The file is then there under the name that it has now, as on ext4 and its kin: with it
   * what its name stood for before.
   */
  beginFileSync(file: StoredFile): () => void {
    const known = new Set(this.#changes);
    return () => {
      const changes = this.#changes.filter((change) => known.has(change));
      const last = changes.findLastIndex((change) => [...change.values()].includes(file));
      if (last !== -1) this.#settle(keptWith(changes.slice(0, last + 1), (change) => change === changes[last]));
    };
  }

  /** The names as a power cut could leave them now. */
  afterPowerCut(chance: Chance): ReadonlyMap<string, StoredFile> {
    const names = new Map(this.#durable);
    for (const change of keptWith(this.#changes, () => chance.is(0.5))) settle(names, change);
    return names;
  }

  #settle(changes: readonly NameChange[]): void {
    for (const change of changes) settle(this.#durable, change);
    this.#changes = this.#changes.filter((change) => !changes.includes(change));
  }
}

function settle(names: Map<string, StoredFile>, change: NameChange): void {
  for (const [name, file] of change) {
    if (file === undefined) names.delete(name);
    else names.set(name, file);
  }
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
