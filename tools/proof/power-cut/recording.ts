import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FolderCalls, type FolderCall } from './folder-call.ts';
import { settingsOf, type Fault, type RunSettings } from './settings.ts';
import type { Strace } from './strace.ts';
import { readTrace, TRACED } from './trace.ts';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));
/** Longer than anything that is written at once: a string that was cut off would be no proof. */
const MOST_BYTES = 16_777_216;

export interface Recording {
  readonly settings: RunSettings;
  readonly calls: readonly FolderCall[];
}

/** Runs the script under strace, in a folder that is deleted afterwards. */
export async function record(strace: Strace, seed: number, fault: Fault | undefined, room: string): Promise<Recording> {
  const folder = mkdtempSync(join(room, 'run-'));
  try {
    const settings = settingsOf(seed, join(folder, 'journal', 'journal.db'), fault);
    const trace = join(folder, 'trace');
    mkdirSync(dirname(settings.path));
    await runTraced(strace, settings, trace);
    const understood = new FolderCalls(dirname(settings.path));
    const calls: FolderCall[] = [];
    for await (const call of readTrace(trace)) {
      const folderCall = understood.understand(call);
      if (folderCall !== undefined) calls.push(folderCall);
    }
    if (!calls.some(({ kind }) => kind === 'mark')) throw new Error('the trace has no mark of the script');
    return { settings, calls };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTraced({ path, environment }: Strace, settings: RunSettings, trace: string): Promise<void> {
  // `?`: a call that this machine does not have.
  const traced = `trace=${TRACED.map((name) => `?${name}`).join(',')}`;
  const options = ['-f', '-q', '--seccomp-bpf', '-e', traced, '-e', 'signal=none', '-xx', '-s', String(MOST_BYTES)];
  const program = [process.execPath, PROGRAM, JSON.stringify(settings)];
  const child = spawn(path, [...options, '-o', trace, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment,
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the script ended with ${code}: ${said.slice(-2_000)}`);
}

/** Where files cost nothing, so that a second is enough for many images. */
export function makeRoom(): string {
  for (const folder of ['/dev/shm', tmpdir()]) {
    try {
      return mkdtempSync(join(folder, 'power-cut-'));
    } catch {
      // There is none of this machine, or it is not ours to write to.
    }
  }
  throw new Error('there is no folder for temporary files');
}
