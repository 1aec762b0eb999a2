import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { once } from 'node:events';

interface StartOptions {
  readonly folder: string;
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv;
  /** @defaultValue 60_000 */
  readonly timeoutMs?: number;
  /** Called with the running process, and with each text that it prints. */
  readonly watch?: (child: ChildProcess, printed: string) => void;
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it printed on both outputs. */
  readonly output: string;
}

/** Programs at a time. */
const WIDTH = Math.max(2, availableParallelism());

let running = 0;
const waiting: (() => void)[] = [];

/** Runs a program to its end, when it is its turn. At the time limit it is killed, which is an error. */
export async function start(command: string, args: readonly string[], options: StartOptions): Promise<Ended> {
  if (running >= WIDTH) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await runProgram(command, args, options);
  } finally {
    // The turn goes to whoever waits, or is free.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

async function runProgram(
  command: string,
  args: readonly string[],
  { folder, env, timeoutMs = 60_000, watch }: StartOptions,
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      watch?.(child, text);
    });
  }
  watch?.(child, '');
  await once(child, 'close');
  if (child.signalCode === 'SIGKILL') throw new Error(`${command} took more than ${timeoutMs / 1000} s:\n${output}`);
  return { exitCode: child.exitCode, signal: child.signalCode, output };
}
