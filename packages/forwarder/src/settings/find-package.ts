import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isRecord } from './settings-path.js';

/** The URL to import for a package's name: as seen from the folder, then from this program. Undefined: it is not installed. */
export function findPackage(name: string, folder: string): string | undefined {
  if (isBuiltin(name)) return undefined;
  const fromSettings = pathToFileURL(join(folder, 'settings.js')).href;
  return entryOf(name, fromSettings) ?? (name.startsWith('.') ? undefined : entryOf(name, import.meta.url));
}

function entryOf(name: string, from: string): string | undefined {
  try {
    return pathToFileURL(createRequire(from).resolve(name)).href;
  } catch (error) {
    // `require` does not see what a package exports to `import` alone.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    return importEntryOf(name, from);
  }
}

function importEntryOf(name: string, from: string): string | undefined {
  const manifest = findPackageJSON(name, from);
  if (manifest === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly exports?: unknown };
  const entry = forImport(isRecord(exports) && '.' in exports ? exports['.'] : exports);
  return entry === undefined ? undefined : new URL(entry, pathToFileURL(manifest)).href;
}

/** The first condition that holds for `import` in Node, in the order of the package. */
function forImport(target: unknown): string | undefined {
  if (typeof target === 'string') return target;
  if (!isRecord(target)) return undefined;
  for (const condition of Object.keys(target)) {
    const entry = ['node', 'import', 'default'].includes(condition) ? forImport(target[condition]) : undefined;
    if (entry !== undefined) return entry;
  }
  return undefined;
}
