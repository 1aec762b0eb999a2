/**
 * `pnpm check:packages`: every package as it would be published. Packed once, each manifest and file is looked at; an empty
 * project installs the tarballs and uses them on each version of Node, by `import` and by `require`, and under two compilers.
 * `--accept-surface` and `--accept-budget` write what is there into the lists that later runs compare with.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Checklist } from '../guides/checklist.ts';
import { COMPILERS, MODULE_MODES, pack, type Project, typeCheck } from '../guides/project.ts';
import { acceptBudget, overBudget, readBudget, type Size } from './budget.ts';
import { forwarderAnswers, installAll, runProgram, shortName, writePrograms } from './consumer.ts';
import { leaks } from './contents.ts';
import { differences } from './differences.ts';
import { missingImports } from './imports.ts';
import { Installation } from './installed.ts';
import { LEFT_OUT, publintProblems, typesVerdict } from './linters.ts';
import { manifestProblems } from './manifest.ts';
import { installNodes, whyNoNodes } from './nodes.ts';
import { expectNone } from './problems.ts';
import { publishedFolders } from './published.ts';
import { acceptSurface, expectSurface, surfaceOf } from './surface.ts';
import { type Packed, readTarball } from './tarball.ts';
import { expectMatched, expectTold, runWithCopies } from './two-copies.ts';
import type { ProgramKind } from './uses.ts';
import { expectNoMajor, releaseMinorOfCore } from './versions.ts';

const TIME_LIMIT_MS = 300_000;

const { values: options } = parseArgs({
  options: {
    'accept-surface': { type: 'boolean', default: false },
    'accept-budget': { type: 'boolean', default: false },
  },
});

const over = new AbortController();
const { signal } = over;
const timeout = setTimeout(() => over.abort(new Error(`out of time: ${TIME_LIMIT_MS / 1000} s`)), TIME_LIMIT_MS);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(name, () => over.abort(new Error(`interrupted by ${name}`)));
}

const folder = await mkdtemp(join(tmpdir(), 'grantex-packages-'));
const checklist = new Checklist(signal);
try {
  await checkAll();
} finally {
  clearTimeout(timeout);
  await rm(folder, { recursive: true, force: true });
}
console.log(checklist.summary);
process.exitCode = checklist.hasFailed ? 1 : 0;

async function checkAll(): Promise<void> {
  const folders = await publishedFolders();
  console.log(`Packing ${folders.length} packages`);
  const tarballs = await checklist.check('the packages are packed', () => pack(folder, signal, folders));
  if (tarballs === undefined) return;
  const packages = await Promise.all([...tarballs.values()].map(readTarball));
  await checkTarballs(packages, folders);
  console.log('Using them in an empty project');
  const project = await checklist.check('npm installs the tarballs', () =>
    installAll(join(folder, 'project'), tarballs, signal),
  );
  if (project !== undefined) await checkProject(project, packages);
  console.log('Releasing');
  for (const version of ['0.1.0', '1.0.0']) {
    const release = await checklist.check(`changesets makes the versions after a minor of core ${version}`, () =>
      releaseMinorOfCore(join(folder, 'release'), folders, version, signal),
    );
    if (release === undefined) continue;
    await checklist.check(`no other package gets more than a patch`, () =>
      console.log(`    ${expectNoMajor(release)}`),
    );
  }
}

async function checkTarballs(packages: readonly Packed[], folders: readonly string[]): Promise<void> {
  console.log('Looking at the tarballs');
  const leftOut = new Map<string, string[]>();
  for (const [index, packed] of packages.entries()) {
    const { name } = packed.manifest;
    await checklist.check(`${name}: manifest, files, imports`, () =>
      expectNone([...manifestProblems(packed, folders[index] ?? ''), ...missingImports(packed), ...leaks(packed)]),
    );
    await checklist.check(`${name}: publint`, async () => expectNone(await publintProblems(packed)));
    if (packed.manifest.exports?.['.'] === undefined) continue;
    await checklist.check(`${name}: are the types wrong`, async () => {
      const verdict = await typesVerdict(packed, signal);
      for (const rule of verdict.leftOut) leftOut.set(rule, [...(leftOut.get(rule) ?? []), name]);
      expectNone(verdict.problems);
    });
  }
  for (const [rule, names] of leftOut) console.log(`  left out: ${rule} (${names.length} packages): ${LEFT_OUT[rule]}`);
  if (leftOut.size === 0) console.log('  are the types wrong: every rule, on every way of looking up');
}

async function checkProject(project: Project, packages: readonly Packed[]): Promise<void> {
  const imported = packages.filter(({ manifest }) => manifest.exports?.['.'] !== undefined);
  const names = imported.map(({ manifest }) => manifest.name);
  await writePrograms(project, names);
  for (const compiler of Object.keys(COMPILERS) as (keyof typeof COMPILERS)[]) {
    const modes = Object.keys(MODULE_MODES) as (keyof typeof MODULE_MODES)[];
    const checked = modes.map((mode) =>
      checklist.check(`strict, ${compiler}, ${mode}`, () => typeCheck(project, compiler, mode)),
    );
    await Promise.all(checked);
  }
  const surfaces = await checkVersions(project, packages, names);
  for (const packed of imported) await checkSurface(packed, surfaces.get(packed.manifest.name));
  await checkBudget(project, packages);
  const copies = await checklist.check('three copies of core in one program: events go through all of them', () =>
    runWithCopies(project, join(folder, 'copies')),
  );
  if (copies === undefined) return;
  await checklist.check('three copies: errors by their code, definitions by their mark', () => expectMatched(copies));
  await checklist.check('three copies: told once, with each version and folder', () => expectTold(copies));
}

/** @returns the names that each package exports at run time */
async function checkVersions(
  project: Project,
  packages: readonly Packed[],
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const surfaces = new Map<string, readonly string[]>();
  const reason = whyNoNodes();
  if (reason !== undefined) console.log(`  skipped: other versions of Node; ${reason}`);
  const nodes =
    reason === undefined
      ? await checklist.check('the versions of Node are there', () => installNodes(signal))
      : new Map([[process.versions.node, process.execPath]]);
  const forwarder = packages.find(({ manifest }) => manifest.bin?.['grantex-forwarder'] !== undefined);
  for (const [version, node] of nodes ?? []) {
    for (const kind of ['import', 'require'] satisfies ProgramKind[]) {
      await checklist.check(`Node ${version}: ${kind} of ${names.length} packages, each used`, async () => {
        const results = await Promise.allSettled(
          names.map(async (name) => {
            const exported = await runProgram(project, node, name, kind);
            const before = surfaces.get(name) ?? exported;
            surfaces.set(name, before);
            expectNone(differences(before, exported).map((line) => `${name}: ${line}`));
          }),
        );
        expectNone(results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : [])));
      });
    }
    if (forwarder === undefined) continue;
    await checklist.check(`Node ${version}: grantex-forwarder --version, and validate`, () =>
      forwarderAnswers(project, node, forwarder.manifest.version),
    );
  }
  return surfaces;
}

async function checkSurface(packed: Packed, values: readonly string[] | undefined): Promise<void> {
  const { name } = packed.manifest;
  await checklist.check(`${name}: the public surface is the accepted one`, async () => {
    if (values === undefined) throw new Error('it could not be loaded');
    const surface = surfaceOf(packed, values);
    await (options['accept-surface'] ? acceptSurface(name, surface) : expectSurface(name, surface));
  });
}

async function checkBudget(project: Project, packages: readonly Packed[]): Promise<void> {
  const installation = await Installation.read(project.folder);
  const sizes = packages.map(({ manifest, packedBytes, files }): [string, Size] => {
    const unpackedBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    return [manifest.name, { packedBytes, unpackedBytes, installedPackages: installation.countFor(manifest.name) }];
  });
  if (options['accept-budget']) await acceptBudget(Object.fromEntries(sizes));
  const budget = await readBudget();
  for (const [name, size] of sizes) {
    await checklist.check(`${shortName(name)}: ${size.packedBytes} B packed, ${size.installedPackages} packages`, () =>
      expectNone(overBudget(budget[name], size)),
    );
  }
}
