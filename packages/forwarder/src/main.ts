import { runCommandLine } from './command-line.js';
import { EXIT } from './exit-codes.js';

/** Runs the command line of this process. Resolves to the exit code. */
export async function main(): Promise<number> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Asked twice: whoever asks does not want to wait.
      if (ending.signal.aborted) process.exit(EXIT.failed);
      ending.abort();
    });
  }
  // Whoever reads the output may go away: `| head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
  return runCommandLine(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    folder: process.cwd(),
    signal: ending.signal,
  });
}
