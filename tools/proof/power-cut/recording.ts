import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ActivityCount, type Activity } from './activity.ts';
import { CallList } from './call-list.ts';
import { FolderCalls, type FolderCall } from './folder-call.ts';
import { EARLY_SYNC_MS } from './planted.ts';
import { settingsOf, type Fault, type RunSettings } from './settings.ts';
import type { Strace } from './strace.ts';
import { readTrace, TRACED } from './trace.ts';

const PROGRAM = fileURLToPath(new URL('program.ts', import.meta.url));
/** Longer than anything that is written at once: a string that was cut off would be no proof. */
const MOST_BYTES = 16_777_216;
/** In memory a sync takes no time at all; on a disk other threads go on meanwhile. So each is held back when it has begun. */
const SYNC_MS = 2;

/** A run takes some seconds: the journal keeps one from ending that takes longer. */
const LONGEST_MS = 120_000;

export interface Recording {
  readonly settings: RunSettings;
  readonly calls: readonly FolderCall[];
  readonly activity: Activity;
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
    const list = new CallList();
    const count = new ActivityCount(basename(settings.path));
    for await (const step of readTrace(trace)) {
      const folderCall = understood.understand(step);
      if (folderCall === undefined) continue;
      list.add(folderCall);
      count.note(step.thread, folderCall);
    }
    const { calls } = list;
    if (!calls.some(({ kind }) => kind === 'mark')) throw new Error('the trace has no mark of the script');
    return { settings, calls, activity: count.activity };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTraced({ path, environment }: Strace, settings: RunSettings, trace: string): Promise<void> {
  // `?`: a call that this machine does not have.
  const traced = `trace=${TRACED.map((name) => `?${name}`).join(',')}`;
  const slowed = `inject=fsync,fdatasync:delay_enter=${(settings.fault === 'early' ? EARLY_SYNC_MS : SYNC_MS) * 1_000}`;
  const expressions = [traced, slowed, 'signal=none'].flatMap((expression) => ['-e', expression]);
  // `-I2`: a signal ends it, and the program with it.
  const options = ['-I2', '-f', '-q', '--seccomp-bpf', ...expressions, '-xx', '-s', String(MOST_BYTES)];
  const program = [process.execPath, PROGRAM, JSON.stringify(settings)];
  const child = spawn(path, [...options, '-o', trace, ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LONGEST_MS,
    // What goes through a ring in memory is no call.
    env: { ...environment, UV_USE_IO_URING: '0' },
  });
  let said = '';
  child.stderr.on('data', (piece: Buffer) => (said += piece.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`seed ${settings.seed}: the script ${how(code)}: ${said.slice(-2_000)}`);
}

function how(code: number | null): string {
  return code === null ? `did not end within ${LONGEST_MS} ms` : `ended with ${code}`;
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
