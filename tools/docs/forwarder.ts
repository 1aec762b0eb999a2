import { join } from 'node:path';
import { ROOT } from './page.ts';
import { start } from './process.ts';

const PROGRAM = join(ROOT, 'packages/forwarder/dist/program.js');

/** It is started dozens of times; Node need not compile it each time. */
const CACHE = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/grantex-docs') };

/** Asks the forwarder as it is built, in a process of its own. */
export async function askForwarder(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return start(process.execPath, [PROGRAM, ...args], { folder, env: { ...CACHE, ...env } });
}
