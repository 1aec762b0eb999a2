import { readFileSync } from 'node:fs';
import { glob, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './page.ts';

/** As strict as a careful reader's project; the rest is a matter of taste. */
const COMPILER_OPTIONS = {
  strict: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: 'es2024',
  module: 'nodenext',
  moduleDetection: 'force',
  types: ['node'],
  allowJs: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

/** A project outside of the workspace, in which our packages and whatever they and the examples use are installed. */
export class Scratch {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Scratch> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'grantex-docs-')));
    const scratch = new Scratch(folder);
    await scratch.write('package.json', JSON.stringify({ private: true, type: 'module' }));
    await scratch.write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['page/*'] }));
    await mkdir(join(folder, 'page'));
    await scratch.#linkPackages();
    return scratch;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(this.path(name), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Ours by their names; then what the root, the packages and the examples have installed, the first one of a name. */
  async #linkPackages(): Promise<void> {
    const links = new Map<string, string>();
    for await (const manifest of glob('packages/*/package.json', { cwd: ROOT })) {
      const { name } = JSON.parse(readFileSync(join(ROOT, manifest), 'utf8')) as { readonly name: string };
      links.set(name, join(ROOT, dirname(manifest)));
    }
    const patterns = ['.', 'packages/*', 'examples/*'].map((pattern) => `${pattern}/node_modules`);
    for await (const modules of glob(patterns, { cwd: ROOT })) {
      for (const name of await namesIn(join(ROOT, modules))) {
        if (!links.has(name)) links.set(name, join(ROOT, modules, name));
      }
    }
    for (const [name, target] of links) {
      const link = this.path(join('node_modules', name));
      await mkdir(dirname(link), { recursive: true });
      await symlink(await realpath(target), link, 'dir');
    }
  }
}

async function namesIn(modules: string): Promise<string[]> {
  const names = (await readdir(modules)).filter((name) => !name.startsWith('.'));
  const found = names.map(async (name) => {
    if (!name.startsWith('@')) return [name];
    return (await readdir(join(modules, name))).map((scoped) => `${name}/${scoped}`);
  });
  return (await Promise.all(found)).flat();
}
