import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The fields of a `package.json` that are looked at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly repository?: { readonly type?: string; readonly url?: string; readonly directory?: string };
  readonly bin?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly main?: string;
  readonly types?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly exports?: Readonly<Record<string, Target>>;
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
  readonly engines?: { readonly node?: string };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** What stands behind a key of `exports`: a file, or conditions. */
export type Target = string | { readonly [condition: string]: Target };

/** The folders below `packages/` that are published, in alphabetical order. */
export async function publishedFolders(): Promise<string[]> {
  const entries = await readdir(`${ROOT}packages`, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const manifests = await Promise.all(folders.map(manifestIn));
  return folders
    .filter((_, index) => manifests[index]?.private === false || manifests[index]?.private === undefined)
    .toSorted();
}

async function manifestIn(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(`${ROOT}packages/${folder}/package.json`, 'utf8')) as Manifest;
}
