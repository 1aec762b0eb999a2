import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../guides/program.ts';
import { COMPILERS, expectTarballsOnly, MODULE_MODES, type Project, writeJson } from '../guides/project.ts';
import { programFor, type ProgramKind } from './uses.ts';

/** A path's part for a package: `@grantex/core` is `core`. */
export function shortName(name: string): string {
  return name.replace(/^@[^/]+\//, '');
}

/** Makes an empty project and installs every package from its tarball; nothing of ours may come from elsewhere. */
export async function installAll(
  folder: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Project> {
  const compilers = Object.entries(COMPILERS).map(([name, version]) => [name, `npm:typescript@${version}`]);
  const dependencies = Object.fromEntries(tarballs);
  await mkdir(folder);
  await writeJson(join(folder, 'package.json'), {
    name: 'consumer',
    private: true,
    dependencies,
    devDependencies: { '@types/node': '24.10.0', ...Object.fromEntries(compilers) },
    // A package of ours that another one of ours needs.
    overrides: Object.fromEntries([...tarballs.keys()].map((name) => [name, `$${name}`])),
  });
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
  await run('npm', ['install', ...quiet], { folder, env: process.env, signal });
  await expectTarballsOnly(folder, [...tarballs.keys()]);
  return { folder, signal };
}

/**
 * Writes a program a package, for both ways to load it and for the compilers: to them an `import` in a `.cts` file is what
 * `require` is to Node.
 */
export async function writePrograms({ folder }: Project, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await writeFile(join(folder, fileOf(name, 'import')), programFor(name, 'import'));
    await writeFile(join(folder, fileOf(name, 'require')), programFor(name, 'require'));
    for (const ending of ['mts', 'cts']) {
      await writeFile(join(folder, `${shortName(name)}.${ending}`), programFor(name, 'import'));
    }
  }
  for (const [mode, options] of Object.entries(MODULE_MODES)) {
    await writeJson(join(folder, `tsconfig.${mode}.json`), { compilerOptions: options, include: ['*.mts', '*.cts'] });
  }
}

function fileOf(name: string, kind: ProgramKind): string {
  return `${shortName(name)}.${kind === 'import' ? 'mjs' : 'cjs'}`;
}

/** Runs a package's program on a version of Node. @returns the names that the package exports at run time */
export async function runProgram(
  { folder, signal }: Project,
  node: string,
  name: string,
  kind: ProgramKind,
): Promise<readonly string[]> {
  // A journal has one owner at a time, so each run has a folder.
  const ownFolder = join(folder, 'runs', `${shortName(name)}-${kind}-${process.hrtime.bigint()}`);
  await mkdir(ownFolder, { recursive: true });
  const options = { folder: ownFolder, env: {}, signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) };
  return JSON.parse(await run(node, [join(folder, fileOf(name, kind))], options)) as string[];
}

/** The program that came with the forwarder: says its version, and finds nothing wrong with a file of settings. */
export async function forwarderAnswers({ folder, signal }: Project, node: string, version: string): Promise<void> {
  const program = join(folder, 'node_modules/@grantex/forwarder/dist/program.js');
  await writeFile(
    join(folder, 'forwarder.yaml'),
    'sources: { one: { url: "http://127.0.0.1:1", apiKey: gx_test_not_a_key } }\ndestinations: { lines: { type: file, path: "-" } }\n',
  );
  const options = { folder, env: {}, signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) };
  const printed = (await run(node, [program, '--version'], options)).trim();
  if (!printed.includes(version)) throw new Error(`--version printed ${printed}, expected ${version}`);
  await run(node, [program, 'validate', '--config', 'forwarder.yaml'], options);
}
