import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../guides/program.ts';
import { writeJson } from '../guides/project.ts';
import { ROOT } from './published.ts';

const CHANGESETS = fileURLToPath(new URL('bin.js', import.meta.resolve('@changesets/cli/package.json')));

/** What is made of a release. */
export interface Release {
  /** The versions before it, of every package. */
  readonly before: string;
  /** By name, afterwards. */
  readonly versions: ReadonlyMap<string, string>;
}

/**
 * Makes a minor change of core, alone, in a copy of the manifests of which all packages have one version, and lets
 * changesets make the versions.
 */
export async function releaseMinorOfCore(
  folder: string,
  packages: readonly string[],
  before: string,
  signal: AbortSignal,
): Promise<Release> {
  await copyManifests(folder, packages, before);
  await writeFile(join(folder, '.changeset/core.md'), "---\n'@grantex/core': minor\n---\n\nSomething new.\n");
  const env = { ...process.env, GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z', GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z' };
  const options = { folder, env, signal };
  const author = ['-c', 'user.name=check', '-c', 'user.email=check@example.invalid', '-c', 'commit.gpgsign=false'];
  await run('git', ['init', '--quiet', '--initial-branch=main'], options);
  await run('git', ['add', '--all'], options);
  await run('git', [...author, 'commit', '--quiet', '--no-verify', '--message=copy'], options);
  await run(process.execPath, [CHANGESETS, 'version'], options);
  const versions = await Promise.all(packages.map((name) => readManifest(folder, name)));
  return {
    before,
    versions: new Map(versions.map((manifest) => [String(manifest['name']), String(manifest['version'])])),
  };
}

async function copyManifests(folder: string, packages: readonly string[], version: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, '.changeset'), { recursive: true });
  for (const file of ['pnpm-workspace.yaml', '.changeset/config.json'])
    await copyFile(`${ROOT}${file}`, join(folder, file));
  // Without the dependencies of the workspace itself, which are no part of a release.
  await writeJson(join(folder, 'package.json'), { name: 'copy', private: true, packageManager: 'pnpm@12' });
  for (const name of packages) {
    await mkdir(join(folder, 'packages', name), { recursive: true });
    await writeJson(join(folder, 'packages', name, 'package.json'), { ...(await readManifest(ROOT, name)), version });
  }
}

async function readManifest(root: string, name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8')) as Record<string, unknown>;
}

/** Expects a minor of core, and of all others a patch at most. @returns the versions in words */
export function expectNoMajor({ before, versions }: Release): string {
  const [major = 0, minor = 0] = numbersOf(before);
  const expected = `${major}.${minor + 1}.0`;
  if (versions.get('@grantex/core') !== expected) {
    throw new Error(`core became ${versions.get('@grantex/core')}, expected ${expected}`);
  }
  const others = [...versions].filter(([name]) => name !== '@grantex/core');
  const wrong = others.filter(([, version]) => numbersOf(version)[0] !== major || numbersOf(version)[1] !== minor);
  if (wrong.length > 0) throw new Error(wrong.map(([name, version]) => `${name}: ${before} → ${version}`).join('\n'));
  const changed = others.filter(([, version]) => version !== before);
  const [, next = before] = changed[0] ?? [];
  const rest = `${others.length - changed.length} stay at ${before}`;
  return changed.length === 0 ? rest : `${rest}, ${changed.length} become ${next}`;
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
