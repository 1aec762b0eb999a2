import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { render, renderManifest, renderPath, type Plan } from './render.js';

/** This package: beside both `src` and `dist`. */
const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const TEMPLATE = join(PACKAGE, 'template');

/** What a trial of the template leaves behind in its folder. */
const LEFTOVERS: ReadonlySet<string> = new Set(['build', 'dist', 'node_modules']);

/** Why nothing is written into this folder; undefined when it is empty or does not exist. */
export async function folderProblem(folder: string): Promise<string | undefined> {
  let entries: string[];
  try {
    entries = await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    return code === 'ENOTDIR' ? `${folder} is a file` : `${folder} cannot be read (${code ?? String(error)})`;
  }
  // A new repository is empty as well.
  return entries.every((entry) => entry === '.git') ? undefined : `${folder} is not empty`;
}

/** Writes the package. The folder has to be empty: see {@link folderProblem}. */
export async function writePackage(folder: string, plan: Plan): Promise<void> {
  for (const path of await templateFiles()) {
    const text = await readFile(join(TEMPLATE, path), 'utf8');
    const to = join(folder, renderPath(path));
    await mkdir(dirname(to), { recursive: true });
    // `wx`: what somebody else has written meanwhile stays.
    const rendered = path === '_package.json' ? renderManifest(text, plan) : render(text, plan);
    await writeFile(to, rendered, { flag: 'wx' });
  }
  await copyFile(join(PACKAGE, 'LICENSE'), join(folder, 'LICENSE'));
}

/** The paths of the template's files in its folder, with slashes. */
export async function templateFiles(): Promise<readonly string[]> {
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(TEMPLATE.length + 1)
        .replaceAll(sep, '/'),
    )
    .filter((path) => !LEFTOVERS.has(path.split('/')[0] ?? ''))
    .toSorted();
}
