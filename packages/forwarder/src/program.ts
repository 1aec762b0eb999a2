#!/usr/bin/env node
import { runCommandLine } from './command-line.js';
import { EXIT } from './exit-codes.js';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice: whoever asks does not want to wait.
    if (ending.signal.aborted) process.exit(EXIT.failed);
    ending.abort();
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  folder: process.cwd(),
  signal: ending.signal,
});
