import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../guides/program.ts';
import { writeJson } from '../guides/project.ts';
import { ROOT } from './published.ts';

/** The versions of Node on which the packages are tried: the oldest line that `engines` allows, and each one after it. */
const NODE_VERSIONS = ['22.23.3', '24.21.0', '26.10.0'] as const;

/** The registry has each version for these: by `process.platform` and `process.arch`. */
const PLATFORMS: readonly string[] = ['linux-x64', 'linux-arm64'];

/** Kept between runs, because each version is 130 MB on the disk. */
const FOLDER = join(ROOT, 'node_modules/.cache/grantex-nodes');

/** Why there is nothing to run on, or undefined. */
export function whyNoNodes(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  if (PLATFORMS.includes(platform)) return undefined;
  return `the registry does not have these versions of Node for ${platform}; they are for ${PLATFORMS.join(' and ')}`;
}

/** Installs what is missing. @returns the programs by version */
export async function installNodes(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const name = `node-${process.platform}-${process.arch}`;
  const programs = new Map(
    NODE_VERSIONS.map((version) => [version, join(FOLDER, 'node_modules', `node-${version}`, 'bin/node')]),
  );
  const present = await Promise.all(
    [...programs.values()].map((program) =>
      access(program).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (present.includes(false)) {
    const dependencies = Object.fromEntries(
      NODE_VERSIONS.map((version) => [`node-${version}`, `npm:${name}@${version}`]),
    );
    await mkdir(FOLDER, { recursive: true });
    await writeJson(join(FOLDER, 'package.json'), { private: true, dependencies });
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...quiet], { folder: FOLDER, env: process.env, signal });
  }
  for (const [version, program] of programs) {
    const printed = await run(program, ['--version'], { folder: FOLDER, env: {}, signal });
    if (printed.trim() !== `v${version}`) throw new Error(`${program} is ${printed.trim()}, expected v${version}`);
  }
  return programs;
}
