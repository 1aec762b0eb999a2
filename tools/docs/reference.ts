/** `pnpm docs:api`: writes `docs/api/`, a page for each package, from the docstrings of what it exports. */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';
import { ROOT } from './page.ts';
import { packagePage, indexPage, pageName } from './reference-page.ts';
import { type Package, readSurface } from './surface.ts';

const FOLDER = 'docs/api';

/** The pages, by path. */
export function referencePages(packages: readonly Package[]): ReadonlyMap<string, string> {
  const pages = packages.map((each) => [`${FOLDER}/${pageName(each.name)}`, packagePage(each, packages)] as const);
  return new Map([[`${FOLDER}/README.md`, indexPage(packages)], ...pages]);
}

/** The pages are what the docstrings say at present. */
export function checkReference(packages: readonly Package[], root = ROOT): Finding[] {
  const wanted = referencePages(packages);
  const stale = [...wanted].filter(([path, text]) => {
    const file = join(root, path);
    return !existsSync(file) || readFileSync(file, 'utf8') !== text;
  });
  const surplus = globSync(`${FOLDER}/*`, { cwd: root }).filter((path) => !wanted.has(path));
  return [
    ...stale.map(([page]) => ({ page, line: 1, message: 'is not what the docstrings say: run pnpm docs:api' })),
    ...surplus.map((page) => ({ page, line: 1, message: 'belongs to no package: run pnpm docs:api' })),
  ];
}

if (import.meta.main) {
  const pages = referencePages(readSurface(ROOT));
  rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const [path, text] of pages) writeFileSync(join(ROOT, path), text);
  console.log(`${pages.size} pages in ${FOLDER}/`);
}
