import { readFile } from 'node:fs/promises';
import type { Versions } from './render.js';

/**
 * The versions that this package was published with: it stands in its own manifest that it was built beside them. In this
 * repository there is `workspace:^` instead, which only packing turns into a version.
 */
export async function readVersions(): Promise<Versions> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Versions };
  const { '@grantex/core': core, '@grantex/testing': testing } = devDependencies;
  if (core.startsWith('workspace:') || testing.startsWith('workspace:')) {
    throw new Error('this copy is not packed, so it knows no versions: pnpm check:kit tries it as it is published');
  }
  return { '@grantex/core': core, '@grantex/testing': testing };
}
