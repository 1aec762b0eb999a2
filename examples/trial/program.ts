import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const TOGETHER = new URL('end-together.ts', import.meta.url).href;

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A line that it has printed, on either output. */
  readonly onLine: (line: string) => void;
  /** It has ended, and nobody asked it to; or it was asked and did not end in peace. */
  readonly onFailure: (reason: string) => void;
}

/** A program in a process of its own, as it would run anywhere else. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #mayEnd = false;
  #isKilled = false;

  constructor(file: URL, { args = [], folder, env, onLine, onFailure }: ProgramOptions) {
    this.#child = fork(fileURLToPath(file), args, {
      cwd: folder,
      env: { ...process.env, ...env },
      execArgv: ['--import', TOGETHER],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', onLine);
    }
    this.#child.on('error', (error) => onFailure(error.message));
    this.#ended = this.#watch(onFailure);
  }

  /** SIGTERM, as an orchestrator does, and waits for the end. */
  async stop(): Promise<void> {
    this.#mayEnd = true;
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  /** Waits until it ends by itself. */
  async end(): Promise<void> {
    this.#mayEnd = true;
    await this.#ended;
  }

  /** SIGKILL: it gets no chance to write anything down. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #watch(onFailure: (reason: string) => void): Promise<void> {
    await once(this.#child, 'close').catch(() => {}); // told by the 'error' listener
    const { exitCode, signalCode } = this.#child;
    if (this.#isKilled || (this.#mayEnd && exitCode === 0)) return;
    onFailure(`the program ended with ${signalCode ?? `exit code ${exitCode}`}`);
  }
}
