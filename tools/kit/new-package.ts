import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeEnding, Program, run } from '../guides/program.ts';
import { expectTarballsOnly, writeJson } from '../guides/project.ts';

export const PACKAGE_NAME = '@me/grantex-destination-zenith-cloud';
const ARGUMENTS = ['zenith-cloud', '--name', PACKAGE_NAME, '--yes'];
const NPM_INSTALL = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
const PUBLINT = fileURLToPath(new URL('../../node_modules/publint/src/cli.js', import.meta.url));

/** Everything that the program writes. */
const WRITTEN = [
  '.github/workflows/package.yml',
  '.gitignore',
  'LICENSE',
  'README.md',
  'package.json',
  'src/classify.ts',
  'src/definition.ts',
  'src/destination.ts',
  'src/encode.ts',
  'src/index.ts',
  'src/options.ts',
  'test/classify.test.ts',
  'test/contract.test.ts',
  'test/encode.test.ts',
  'test/options.test.ts',
  'tsconfig.build.json',
  'tsconfig.json',
];

/** The folder of a package that was just created. */
export class NewPackage {
  readonly folder: string;
  readonly #creator: string;
  readonly #signal: AbortSignal;

  constructor(creator: string, folder: string, signal: AbortSignal) {
    this.#creator = creator;
    this.folder = folder;
    this.#signal = signal;
  }

  /** Runs the program that writes such packages, in the folder above. */
  async create(): Promise<void> {
    await run(process.execPath, [this.#creator, ...ARGUMENTS], this.#options(join(this.folder, '..')));
  }

  async createAgain(): Promise<string> {
    await using program = new Program(
      process.execPath,
      [this.#creator, ...ARGUMENTS],
      this.#options(join(this.folder, '..')),
    );
    const ending = await program.ended;
    if (ending.exitCode !== 1) throw new Error(describeEnding(ending));
    return ending.stderr;
  }

  npm(...args: readonly string[]): Promise<string> {
    return run('npm', args, this.#options());
  }

  node(...args: readonly string[]): Promise<string> {
    return run(process.execPath, args, this.#options());
  }

  /** `npm install`, with the packages of this repository in place of those on the registry. */
  async install(tarballs: ReadonlyMap<string, string>): Promise<void> {
    const path = join(this.folder, 'package.json');
    const written = await readFile(path, 'utf8');
    const manifest = JSON.parse(written) as { readonly devDependencies: Readonly<Record<string, string>> };
    const ours = Object.fromEntries([...tarballs].filter(([name]) => name in manifest.devDependencies));
    await writeJson(path, { ...manifest, devDependencies: { ...manifest.devDependencies, ...ours }, overrides: ours });
    await this.npm(...NPM_INSTALL);
    await expectTarballsOnly(this.folder, Object.keys(ours));
  }

  #options(folder = this.folder): {
    readonly folder: string;
    readonly env: NodeJS.ProcessEnv;
    readonly signal: AbortSignal;
  } {
    return { folder, env: process.env, signal: this.#signal };
  }
}

/** Installs the program as `npm create` does, and runs it in an empty folder. */
export async function writePackage(
  root: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<NewPackage> {
  const creator = join(root, 'creator');
  const place = join(root, 'place');
  await Promise.all([mkdir(creator), mkdir(place)]);
  await writeJson(join(creator, 'package.json'), {
    private: true,
    dependencies: { '@grantex/create-destination': tarballs.get('@grantex/create-destination') },
  });
  await run('npm', NPM_INSTALL, { folder: creator, env: process.env, signal });
  const program = join(creator, 'node_modules/@grantex/create-destination/dist/program.js');
  await access(join(creator, 'node_modules/.bin/create-destination'));
  const created = new NewPackage(program, join(place, 'grantex-destination-zenith-cloud'), signal);
  await created.create();
  await expectComplete(created.folder);
  return created;
}

/** The service of the template, a version that nobody put in, a placeholder. `${{ … }}` belongs to the workflow. */
const LEFT_OVER = /acme|workspace:|filled in|(?<!\$)\{\{|TODO/i;

async function expectComplete(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const paths = files.map((file) => file.slice(folder.length + 1)).toSorted();
  if (paths.join() !== WRITTEN.toSorted().join()) throw new Error(`written: ${paths.join(', ')}`);
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const left = LEFT_OVER.exec(text);
    if (left !== null) throw new Error(`${file}: left to fill in: ${text.slice(left.index, left.index + 60)}`);
  }
}

export async function compiles(created: NewPackage): Promise<void> {
  await created.npm('run', 'build', '--loglevel=error');
}

/** `npm test` as it is written: the tables and the contract. */
export async function keepsContract(created: NewPackage): Promise<void> {
  const printed = await created.npm('test', '--loglevel=error');
  const kept = Number(/^\S* ?pass (\d+)$/m.exec(printed)?.[1]);
  if (!(kept > 100)) throw new Error(`only ${kept} tests passed\n${printed}`);
}

export async function secondRunIsRefused(created: NewPackage): Promise<void> {
  const told = await created.createAgain();
  if (!told.includes('is not empty')) throw new Error(told);
}

/** @returns the tarball */
export async function packsOnlyItsOwn(created: NewPackage): Promise<string> {
  const [packed] = JSON.parse(await created.npm('pack', '--json', '--ignore-scripts')) as [PackedPackage];
  const paths = packed.files.map(({ path }) => path).toSorted();
  const rooms = ['classify', 'definition', 'destination', 'encode', 'index', 'options'];
  const dist = rooms.flatMap((room) => [`dist/${room}.d.ts`, `dist/${room}.js`]);
  const wanted = ['LICENSE', 'README.md', 'package.json', ...dist].toSorted();
  if (paths.join() !== wanted.join()) throw new Error(`packed: ${paths.join(', ')}`);
  return join(created.folder, packed.filename);
}

interface PackedPackage {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

export async function passesPublint(created: NewPackage): Promise<void> {
  const printed = await created.node(PUBLINT, '--strict', '--pack', 'npm');
  if (!printed.includes('All good')) throw new Error(printed);
}
