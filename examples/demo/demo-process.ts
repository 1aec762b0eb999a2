import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface DemoProcessOptions<Message> {
  /** The program, a file beside this one. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onMessage: (message: Message) => void;
  /** A line of the program's output. */
  readonly onLine: (line: string) => void;
  /** It has ended, and was not asked to or could not do so in peace. */
  readonly onFailure: (how: string) => void;
}

/** One of the three processes. */
export class DemoProcess<Message> {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #mayEnd = false;
  #isKilled = false;
  #hasEnded = false;

  constructor({ file, args = [], env, onMessage, onLine, onFailure }: DemoProcessOptions<Message>) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    const child = fork(path, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.#child = child;
    this.#ended = this.#watch(onFailure);
    child.on('error', (error) => onFailure(error.message));
    child.on('message', (message) => onMessage(message as Message));
    for (const output of [child.stdout, child.stderr]) {
      if (output !== null) createInterface({ input: output }).on('line', onLine);
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Whether it has ended, and all that it told was heard. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  tell(message: string): void {
    this.#child.send(message);
  }

  /** Asks it to end, as an orchestrator does. */
  terminate(): void {
    this.#mayEnd = true;
    this.#child.kill('SIGTERM');
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    if (this.#child.kill('SIGKILL')) await this.#ended;
  }

  async #watch(onFailure: (how: string) => void): Promise<void> {
    const child = this.#child;
    // A process may be gone before all it has told is read, hence both.
    await Promise.allSettled([once(child, 'close'), once(child, 'disconnect')]);
    this.#hasEnded = true;
    const { exitCode, signalCode } = child;
    if (this.#isKilled || (this.#mayEnd && exitCode === 0)) return;
    onFailure(signalCode === null ? `exit code ${exitCode}` : `signal ${signalCode}`);
  }
}
