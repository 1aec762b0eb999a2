import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramOptions, run } from './program.ts';

/** The umbrella and the forwarder, and what they need of ours; the testing package for a stranger's destination. */
const PACKED = [
  'core',
  'destination-bigquery',
  'destination-datadog',
  'destination-file',
  'destination-http',
  'destination-kafka',
  'destination-loki',
  'destination-s3',
  'destination-splunk',
  'destinations',
  'forwarder',
  'journal-sqlite',
  'testing',
] as const;

/** The two kinds of compiler that users have: written in JavaScript, and native. */
export const COMPILERS = { 'typescript-5.9': '5.9.3', 'typescript-7': '7.0.2' } as const;

/** `verbatimModuleSyntax` and others are a matter of taste; `types` because TypeScript 7 includes none by itself. */
const STRICT = { strict: true, noEmit: true, target: 'es2024', types: ['node'] };

/** Vite's template for the second; it counts every file as a module, which `fetch-stream` is only by its `await`. */
export const MODULE_MODES = {
  nodenext: { ...STRICT, module: 'nodenext' },
  bundler: { ...STRICT, module: 'esnext', moduleResolution: 'bundler', moduleDetection: 'force' },
} as const;

/** The project of a user who has installed the packages as they would be published. */
export interface Project {
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Packs the packages; returns their tarballs by package name, as dependencies are written. */
export async function pack(
  into: string,
  signal: AbortSignal,
  names: readonly string[] = PACKED,
): Promise<ReadonlyMap<string, string>> {
  const tarballs = new Map<string, string>();
  for (const name of names) {
    const folder = fileURLToPath(new URL(`../../packages/${name}`, import.meta.url));
    const options: ProgramOptions = { folder, env: process.env, signal };
    const printed = await run('pnpm', ['pack', '--json', '--pack-destination', into], options);
    const packed = JSON.parse(printed) as { readonly name: string; readonly filename: string };
    tarballs.set(packed.name, `file:${packed.filename}`);
  }
  return tarballs;
}

/** Makes an empty project and installs the umbrella: what it needs of ours comes from the tarballs as well. */
export async function install(
  folder: string,
  tarballs: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Project> {
  const umbrella = tarballs.get('@grantex/destinations');
  const needed = [...tarballs].filter(([name]) => /^@grantex\/(core|destination-)/.test(name));
  const overrides = Object.fromEntries(needed);
  const compilers = Object.entries(COMPILERS).map(([name, version]) => [name, `npm:typescript@${version}`]);
  const manifest = {
    name: 'guides',
    private: true,
    type: 'module',
    dependencies: { '@grantex/destinations': umbrella },
    devDependencies: { '@types/node': '24.10.0', ...Object.fromEntries(compilers) },
    overrides,
  };
  await mkdir(folder);
  await writeJson(join(folder, 'package.json'), manifest);
  for (const [mode, compilerOptions] of Object.entries(MODULE_MODES)) {
    await writeJson(join(folder, `tsconfig.${mode}.json`), { compilerOptions, include: ['*.ts'] });
  }
  const options: ProgramOptions = { folder, env: process.env, signal };
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], options);
  await expectTarballsOnly(folder, ['@grantex/destinations', ...Object.keys(overrides)]);
  return { folder, signal };
}

export function typeCheck(
  { folder, signal }: Project,
  compiler: keyof typeof COMPILERS,
  mode: keyof typeof MODULE_MODES,
): Promise<string> {
  const tsc = join(folder, 'node_modules', compiler, 'bin', 'tsc');
  return run(process.execPath, [tsc, '-p', `tsconfig.${mode}.json`], { folder, env: process.env, signal });
}

export async function expectTarballsOnly(folder: string, names: readonly string[]): Promise<void> {
  const text = await readFile(join(folder, 'package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, { readonly resolved?: string }> };
  const ours = Object.entries(packages).filter(([path]) => path.includes('node_modules/@grantex/'));
  const strangers = ours.filter(([, { resolved }]) => resolved?.startsWith('file:') !== true).map(([path]) => path);
  if (strangers.length > 0) throw new Error(`not from a tarball: ${strangers.join(', ')}`);
  const paths = ours.map(([path]) => path).toSorted();
  const wanted = names.map((name) => `node_modules/${name}`).toSorted();
  if (paths.join() !== wanted.join()) throw new Error(`installed ${paths.join(', ')}; wanted ${wanted.join(', ')}`);
}

export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
