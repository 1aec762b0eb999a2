/**
 * `pnpm sizes`: what an installation of the core and of each destination brings, as the table of the README. Packs the packages
 * and installs each into an empty folder of its own, so it needs the registry. Megabytes are 10^6 bytes of files.
 */
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, type ProgramOptions } from '../guides/program.ts';
import { pack, writeJson } from '../guides/project.ts';

const INSTALLED = [
  'core',
  'journal-sqlite',
  'destination-datadog',
  'destination-splunk',
  'destination-loki',
  'destination-http',
  'destination-file',
  'destination-kafka',
  'destination-s3',
  'destination-bigquery',
  'destinations',
] as const;

/** All others need the core beside them. */
const COMPLETE: readonly string[] = ['@grantex/core', '@grantex/destinations'];

/** Fresh processes for each; the median counts. */
const ROUNDS = 5;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort());
const { signal } = interrupted;

interface Installed {
  /** What stands in the table. */
  readonly what: string;
  readonly folder: string;
  readonly packages: number;
  readonly bytes: number;
  /** Milliseconds. */
  readonly imports: number[];
}

const folder = await mkdtemp(join(tmpdir(), 'grantex-sizes-'));
try {
  console.error('Packing');
  const tarballs = await pack(folder, signal, INSTALLED);
  const rows: Installed[] = [];
  for (const name of INSTALLED) {
    console.error(`Installing ${name}`);
    rows.push(await install(`@grantex/${name}`, tarballs));
  }
  // In rounds, so that a busy moment of the machine does not fall to one package alone.
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of rows) row.imports.push(Number(await run(process.execPath, ['import.js'], optionsIn(row.folder))));
  }
  console.log('| installed | packages | MB | import, ms |\n| --- | ---: | ---: | ---: |');
  for (const { what, packages, bytes, imports } of rows) {
    console.log(`| ${what} | ${packages} | ${(bytes / 1e6).toFixed(1)} | ${Math.round(median(imports))} |`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Into an empty folder, as a user would. */
async function install(name: string, tarballs: ReadonlyMap<string, string>): Promise<Installed> {
  const project = join(folder, name.replace('@grantex/', ''));
  const needed = COMPLETE.includes(name) ? [name] : ['@grantex/core', name];
  const overrides = Object.fromEntries([...tarballs].filter(([one]) => !needed.includes(one)));
  const dependencies = Object.fromEntries(needed.map((one) => [one, tarballs.get(one)]));
  await mkdir(project);
  await writeJson(join(project, 'package.json'), { private: true, type: 'module', dependencies, overrides });
  await writeFile(join(project, 'import.js'), importTimer(name));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], optionsIn(project));
  return {
    what: needed.length === 1 ? `\`${name}\`` : `core and \`${name}\``,
    folder: project,
    ...(await installedIn(join(project, 'node_modules'))),
    imports: [],
  };
}

function optionsIn(project: string): ProgramOptions {
  return { folder: project, env: process.env, signal };
}

function importTimer(name: string): string {
  return `const begun = performance.now();\nawait import('${name}');\nconsole.log(performance.now() - begun);\n`;
}

/** Every folder of a package has a `package.json` right below `node_modules` or below a scope there. */
async function installedIn(modules: string): Promise<{ readonly packages: number; readonly bytes: number }> {
  const entries = await readdir(modules, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const isManifest = /node_modules\/(?:@[^/]+\/)?[^/@.][^/]*\/package\.json$/;
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  return {
    packages: files.filter((file) => isManifest.test(file)).length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
