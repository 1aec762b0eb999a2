/** `pnpm check:examples`: every example runs with its one command, ends by itself, and misses nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('../../examples/', import.meta.url);
const ROOT = new URL('../../', import.meta.url);
const LAST_LINE = 'Nothing is missing.';
/** For one example, and for all of them together. */
const EXAMPLE_MS = 60_000;
const WHOLE_MS = 90_000;
/** `pnpm demo` has a command and a check of its own. */
const ELSEWHERE = new Set(['demo']);

/** They wait more than they compute. */
const AT_A_TIME = 2;

/** Process groups that run. */
const running = new Set<number>();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    for (const pid of running) endGroup(pid);
    process.exit(1);
  });
}

const startedAt = performance.now();
let failed = 0;
const examples = await findExamples();
const waiting = [...examples];
await Promise.all(Array.from({ length: AT_A_TIME }, () => runWaiting()));
const wholeMs = performance.now() - startedAt;
if (wholeMs > WHOLE_MS) {
  failed++;
  console.log(`  ✗ all together took longer than ${WHOLE_MS / 1_000} s`);
}
console.log(`${examples.length} examples in ${(wholeMs / 1_000).toFixed(1)} s, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function runWaiting(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const begun = performance.now();
    const problem = await run(name);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    if (problem !== undefined) failed++;
    console.log(problem === undefined ? `  ✓ ${name} (${seconds} s)` : `  ✗ ${name} (${seconds} s)\n${problem}`);
  }
}

/** Package names of the folders that have a `start`. */
async function findExamples(): Promise<string[]> {
  const names: string[] = [];
  for (const entry of (await readdir(FOLDER, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!entry.isDirectory() || ELSEWHERE.has(entry.name)) continue;
    const text = await readFile(new URL(`${entry.name}/package.json`, FOLDER), 'utf8').catch(() => undefined);
    if (text === undefined) continue; // no example, but what they share
    const { name, scripts } = JSON.parse(text) as { name: string; scripts?: { start?: string } };
    if (scripts?.start === undefined) throw new Error(`${name} has no script "start"`);
    names.push(name);
  }
  if (names.length === 0) throw new Error('no example was found');
  return names;
}

/** Runs the command of the READMEs, with the pnpm that runs this. @returns what is wrong, with what was printed; undefined when nothing is */
async function run(name: string): Promise<string | undefined> {
  // Keys of this environment would make it forward for real.
  const { GRANTEX_API_KEY: _, ...env } = process.env;
  const child = spawn('pnpm', ['--filter', name, 'start'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  child.on('error', () => {}); // without a pid, which is told below
  const { pid } = child;
  if (pid === undefined) return '      pnpm was not found: run `npx -y pnpm@12 check:examples`';
  running.add(pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup(pid);
  }, EXAMPLE_MS);
  await once(child, 'close');
  clearTimeout(timer);
  running.delete(pid);
  const lastLine = output.trimEnd().split('\n').at(-1)?.trim();
  if (!isLate && child.exitCode === 0 && lastLine === LAST_LINE) return undefined;
  const how = isLate ? `still running after ${EXAMPLE_MS / 1_000} s` : `exit code ${child.exitCode}`;
  return `${how}, last line expected: ${LAST_LINE}\n${output.trimEnd()}`.replaceAll(/^/gm, '      ');
}

function endGroup(pid: number): void {
  process.kill(-pid, 'SIGKILL');
}
