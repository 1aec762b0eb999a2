import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A package in npm's lock file, by its path in the project. */
interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** Reads from one installation of all packages what each of them brings, so that not each has to be installed alone. */
export class Installation {
  readonly #folder: string;
  readonly #packages: Readonly<Record<string, Locked>>;

  private constructor(folder: string, packages: Readonly<Record<string, Locked>>) {
    this.#folder = folder;
    this.#packages = packages;
  }

  static async read(folder: string): Promise<Installation> {
    const lock = await readFile(join(folder, 'package-lock.json'), 'utf8');
    return new Installation(folder, (JSON.parse(lock) as { packages: Record<string, Locked> }).packages);
  }

  /** How many packages there are because of this one, with itself and its peers. */
  countFor(name: string): number {
    const reached = new Set<string>();
    const waiting = [this.#find('', name)];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      for (const needed of this.#neededBy(path)) waiting.push(...this.#ifThere(path, needed));
    }
    return reached.size;
  }

  #neededBy(path: string): string[] {
    const {
      dependencies,
      optionalDependencies,
      peerDependencies = {},
      peerDependenciesMeta,
    } = this.#packages[path] ?? {};
    const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta?.[peer]?.optional !== true);
    return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers];
  }

  /** Packages for other platforms are locked, and not there. */
  #ifThere(from: string, name: string): string[] {
    const path = this.#find(from, name);
    return path !== undefined && existsSync(join(this.#folder, path)) ? [path] : [];
  }

  /** Node's own search: in the folder's modules, then in those above it. */
  #find(from: string, name: string): string | undefined {
    for (let above = from; ; above = above.slice(0, Math.max(0, above.lastIndexOf('node_modules/') - 1))) {
      const path = `${above === '' ? '' : `${above}/`}node_modules/${name}`;
      if (this.#packages[path] !== undefined) return path;
      if (above === '') return undefined;
    }
  }
}
