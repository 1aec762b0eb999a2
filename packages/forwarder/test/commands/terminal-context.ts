import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { Command } from 'commander';
import type { CommandContext } from '../../src/commands/context.js';

type Stream = PassThrough & {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
  isRaw?: boolean;
  setRawMode?: (isRaw: boolean) => void;
};

/** The world of a command under test: what it prints is collected, what it asks is answered by writing to `stdin`. */
export class TestContext implements CommandContext {
  readonly stdin: Stream;
  readonly stdout: Stream;
  readonly stderr: Stream = new PassThrough();
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  readonly #ended = new AbortController();
  readonly #printed = { out: '', err: '' };

  constructor(options: {
    readonly folder: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly stdout?: PassThrough;
    readonly terminal?: { readonly columns: number; readonly rows: number };
  }) {
    this.folder = options.folder;
    this.env = options.env ?? {};
    const screen = options.terminal === undefined ? {} : { isTTY: true, ...options.terminal };
    this.stdin = Object.assign(new PassThrough(), screen);
    if (options.terminal !== undefined) this.stdin.setRawMode = (isRaw) => void (this.stdin.isRaw = isRaw);
    this.stdout = Object.assign(options.stdout ?? new PassThrough(), screen);
    this.stdout.on('data', (chunk) => (this.#printed.out += String(chunk)));
    this.stderr.on('data', (chunk) => (this.#printed.err += String(chunk)));
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** What was printed, with colours and cursor movements. */
  get raw(): string {
    return this.#printed.out;
  }

  get out(): string {
    return stripVTControlCharacters(this.#printed.out);
  }

  get err(): string {
    return stripVTControlCharacters(this.#printed.err);
  }

  get lines(): readonly string[] {
    return this.out.split('\n').filter((line) => line !== '');
  }

  /** As Ctrl-C does. */
  end(): void {
    this.#ended.abort(new Error('SIGINT'));
  }

  /** Runs the command as `grantex-forwarder <name> …` would. */
  async run(command: (context: CommandContext) => Command, ...words: readonly string[]): Promise<void> {
    await command(this).exitOverride().parseAsync(words, { from: 'user' });
  }
}

/** Resolves when the condition holds; rejects with what `told` says otherwise. */
export async function until(condition: () => boolean, told: () => string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms: ${told()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
