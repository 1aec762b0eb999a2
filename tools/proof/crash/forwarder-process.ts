import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ForwarderMessage, ForwarderSettings } from './messages.ts';

const PROGRAM = fileURLToPath(new URL('forwarder.ts', import.meta.url));
const LINES_KEPT = 40;

export interface ForwarderEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A forwarder in a process of its own. */
export class ForwarderProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ForwarderEnd>;
  readonly #watchers = new Set<() => void>();
  /** What it wrote last on its standard error. */
  readonly #lines: string[] = [];
  #end: ForwarderEnd | undefined;
  #lastStatus: Extract<ForwarderMessage, { kind: 'status' }> | undefined;
  #heard = false;
  #remaining: number | undefined;
  #appended: string[] = [];

  constructor(settings: ForwarderSettings, onAppended: (ids: readonly string[]) => void) {
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(settings)], {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#ended = once(child, 'close').then(([code, signal]) => {
      this.#end = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      this.#wake();
      return this.#end;
    });
    child.stdin?.on('error', () => {}); // It is never written to; its end is what tells.
    createInterface({ input: child.stderr as Readable }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    });
    createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => this.#read(line, onAppended));
  }

  /** The ids that this process has told. */
  get appended(): readonly string[] {
    return this.#appended;
  }

  get heard(): boolean {
    return this.#heard;
  }

  get end(): ForwarderEnd | undefined {
    return this.#end;
  }

  get status(): Extract<ForwarderMessage, { kind: 'status' }> | undefined {
    return this.#lastStatus;
  }

  /** What it wrote last on its standard error. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** How many destinations did not get everything before it stopped; undefined when it did not stop in peace. */
  get remaining(): number | undefined {
    return this.#remaining;
  }

  /** Resolves when the condition holds; rejects when the process ended before, or after `timeoutMs`. */
  async until(what: string, holds: () => boolean, timeoutMs: number): Promise<void> {
    const startedAt = performance.now();
    while (!holds()) {
      if (this.#end !== undefined) throw new Error(`the forwarder ended before ${what}: ${this.#lines.join('\n')}`);
      const left = startedAt + timeoutMs - performance.now();
      if (left <= 0) throw new Error(`${what} did not come in ${timeoutMs} ms: ${this.#lines.join('\n')}`);
      await this.#change(left);
    }
  }

  /** Ends it as a crash does, and resolves when all that it told was read. */
  kill(): Promise<ForwarderEnd> {
    this.#child.kill('SIGKILL');
    return this.#ended;
  }

  /** Asks it to end, as an orchestrator does. */
  terminate(): Promise<ForwarderEnd> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  #read(line: string, onAppended: (ids: readonly string[]) => void): void {
    const message = readMessage(line);
    switch (message?.kind) {
      case 'appended':
        for (const id of message.ids) this.#appended.push(id);
        onAppended(message.ids);
        break;
      case 'heard':
        this.#heard = true;
        break;
      case 'status':
        this.#lastStatus = message;
        break;
      case 'stopped':
        this.#remaining = message.remaining;
        break;
      case undefined:
        break;
    }
    this.#wake();
  }

  #change(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#watchers.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#watchers) done();
  }
}

/** Undefined for a line that a kill has cut short. */
function readMessage(line: string): ForwarderMessage | undefined {
  try {
    return JSON.parse(line) as ForwarderMessage;
  } catch {
    return undefined;
  }
}
