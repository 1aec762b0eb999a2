import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Beside the installed packages, where tools keep what can be made again. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/power-cut', import.meta.url));
const UNPACKED = join(CACHE, 'unpacked/usr/bin/strace');

/** Folders in which the unpacked program finds its libraries. */
const LIBRARIES = ['x86_64', 'aarch64'].map((machine) => join(CACHE, `unpacked/usr/lib/${machine}-linux-gnu`));

export interface Strace {
  readonly path: string;
  readonly environment: NodeJS.ProcessEnv;
}

export type FoundStrace = Strace | { readonly missing: string };

/** The machine's strace, or Debian's, unpacked into a cache folder: nothing is installed. */
export async function findStrace(): Promise<FoundStrace> {
  if (process.platform !== 'linux') return { missing: 'strace: there is none but on Linux' };
  const installed: Strace = { path: 'strace', environment: process.env };
  const own = await tryStrace(installed);
  if (own === undefined) return installed;
  if (!own.isAbsent) return { missing: own.reason };
  try {
    if (!existsSync(UNPACKED)) await fetchStrace();
  } catch (error) {
    return { missing: `strace is not installed (apt-get install strace), and cannot be fetched: ${messageOf(error)}` };
  }
  const unpacked: Strace = { path: UNPACKED, environment: { ...process.env, LD_LIBRARY_PATH: LIBRARIES.join(':') } };
  const fetched = await tryStrace(unpacked);
  return fetched === undefined ? unpacked : { missing: fetched.reason };
}

interface Failure {
  readonly reason: string;
  readonly isAbsent: boolean;
}

/** Undefined when it works. A container may forbid it to look at its own children. */
async function tryStrace({ path, environment }: Strace): Promise<Failure | undefined> {
  try {
    await execute(path, ['-f', '-o', '/dev/null', process.execPath, '--version'], { env: environment });
    return undefined;
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return {
      reason: `strace does not work here (a container needs --cap-add=SYS_PTRACE): ${messageOf(error)}`,
      isAbsent,
    };
  }
}

async function fetchStrace(): Promise<void> {
  await mkdir(CACHE, { recursive: true });
  await execute('apt-get', ['download', 'strace', 'libunwind8'], { cwd: CACHE });
  const packages = (await readdir(CACHE)).filter((name) => name.endsWith('.deb'));
  for (const name of packages) await execute('dpkg', ['-x', name, join(CACHE, 'unpacked')], { cwd: CACHE });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
