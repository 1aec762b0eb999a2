import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { shortName } from './consumer.ts';
import { differences } from './differences.ts';
import { ROOT, type Target } from './published.ts';
import type { Packed } from './tarball.ts';

const FOLDER = `${ROOT}tools/packages/surface`;

/** The public surface of a package: a line for each name that it exports, `value` at run time or `type` alone. */
export function surfaceOf(packed: Packed, values: readonly string[]): string[] {
  const typed = new Set(typesOf(packed));
  const untyped = values.filter((name) => !typed.has(name));
  if (untyped.length > 0) throw new Error(`exported at run time, and not in the types: ${untyped.join(', ')}`);
  return [...typed].map((name) => `${values.includes(name) ? 'value' : 'type '} ${name}`).toSorted();
}

/** Every name in the types of the entry `.`, which lists each: `export *` would let a name in unseen. */
function typesOf({ manifest, files }: Packed): string[] {
  const path = typesPath(manifest.exports?.['.']);
  const text = files.get(path.replace(/^\.\//, ''))?.toString();
  if (text === undefined) throw new Error(`${path} is not packed`);
  if (/^export (?:\*|default|declare|const|class|function|interface)/m.test(text)) {
    throw new Error(`${path}: expected only lists of names, export { … } from '…'`);
  }
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, list = '']) => list);
  const entries = lists.flatMap((list) => list.split(',')).map((entry) => entry.trim());
  return entries.filter((entry) => entry !== '').map((entry) => entry.replace(/^type /, '').replace(/^.* as /, ''));
}

function typesPath(target: Target | undefined): string {
  const types = typeof target === 'object' ? target['types'] : undefined;
  return typeof types === 'string' ? types : 'the types of the entry "."';
}

/** Compares a surface with the one that was accepted. */
export async function expectSurface(name: string, surface: readonly string[]): Promise<void> {
  const accepted = await readFile(pathOf(name), 'utf8').catch(() => '');
  const changed = differences(accepted.split('\n').filter(Boolean), surface);
  if (changed.length === 0) return;
  const next = 'if it is meant, with a change note: node tools/packages/check.ts --accept-surface';
  throw new Error([`the public surface of ${name} has changed:`, ...changed, next].join('\n'));
}

export async function acceptSurface(name: string, surface: readonly string[]): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(pathOf(name), `${surface.join('\n')}\n`);
}

function pathOf(name: string): string {
  return `${FOLDER}/${shortName(name)}.txt`;
}
