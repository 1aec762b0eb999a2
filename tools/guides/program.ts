import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface ProgramOptions {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Kills it, with all that it has started. */
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program in a process of its own. Its disposal kills it, with all that it has started. */
export class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  #isClosed = false;

  constructor(command: string, args: readonly string[], { folder, env, signal }: ProgramOptions) {
    signal.throwIfAborted();
    const child = spawn(command, args, {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: npx and npm start others, which would outlive them and keep the pipes open.
      detached: true,
    });
    this.#child = child;
    const kill = (): void => this.#killGroup();
    signal.addEventListener('abort', kill);
    child.once('close', () => {
      this.#isClosed = true;
      signal.removeEventListener('abort', kill);
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = this.#end();
    this.ended.catch(() => {}); // Told to whoever awaits it.
  }

  /** Waits for something that the program has to be alive for. */
  async during<Result>(waiting: Promise<Result>): Promise<Result> {
    const endedBefore = this.ended.then((ending): never => {
      throw new Error(`it ended too early: ${describeEnding(ending)}`);
    });
    endedBefore.catch(() => {}); // Too late to matter.
    return Promise.race([waiting, endedBefore]);
  }

  /** Asks it to end, as an orchestrator does. */
  terminate(): Promise<Ending> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#killGroup();
    await this.ended.catch(() => {}); // Nobody awaits a program that is thrown away.
  }

  #killGroup(): void {
    const { pid } = this.#child;
    // Never started, or ended: then the system may give the number to another group.
    if (pid === undefined || this.#isClosed) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // None of them runs any more.
    }
  }

  async #end(): Promise<Ending> {
    const child = this.#child;
    await once(child, 'close');
    return { exitCode: child.exitCode, signalCode: child.signalCode, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Runs a program to its end. @returns what it printed; throws with all of it unless its exit code is 0 */
export async function run(command: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  await using program = new Program(command, args, options);
  const ending = await program.ended;
  if (ending.exitCode !== 0) throw new Error(describeEnding(ending));
  return ending.stdout;
}

export function describeEnding({ exitCode, signalCode, stdout, stderr }: Ending): string {
  const how = signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`;
  return [how, stdout.trim(), stderr.trim()].filter((part) => part !== '').join('\n');
}
