import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { datadogReceiver, EventServer, makeEvents, type DatadogReceiver, type TestEvent } from '@grantex/testing';
import { controlClient } from '../../src/control/control-client.js';
import type { Control } from '../../src/control/control-protocol.js';

/** Milliseconds for a test: processes of their own on a machine with other work. */
export const TEST_TIMEOUT_MS = 90_000;
export const PATIENCE = { timeoutMs: 30_000 };

/** As it is published: `pnpm test` builds it first. */
const PROGRAM = join(import.meta.dirname, '../../dist/program.js');

/** Two developers of the auth service; what is published reaches the first one. */
export const KEYS = ['gx_test_first_0123456789', 'gx_test_second_0123456789'] as const;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The program as a process of its own. */
export class ProgramRun {
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<number | NodeJS.Signals>;
  #errors = '';
  output = '';

  constructor(args: readonly string[], folder: string, env: Readonly<Record<string, string>>) {
    this.#process = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get errors(): string {
    return this.#errors;
  }

  get log(): readonly LogLine[] {
    return this.#errors
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  async logged(text: string): Promise<LogLine> {
    const found = (): LogLine | undefined => this.log.find(({ msg }) => msg.includes(text));
    await until(`"${text}" in the log`, () => found() !== undefined || this.#process.exitCode !== null).catch(() => {});
    const line = found();
    if (line === undefined) throw new Error(`"${text}" was not logged, but this was:\n${this.#errors}`);
    return line;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The exit code, or the signal. */
  async ended(): Promise<number | NodeJS.Signals> {
    return this.#ended;
  }
}

/** An event server, Datadog-like intakes, and the program between them, in a folder of their own. */
export class ProgramRig implements AsyncDisposable {
  readonly folder: string;
  readonly server: EventServer;
  readonly published: string[] = [];
  readonly #intakes: DatadogReceiver[] = [];
  readonly #runs: ProgramRun[] = [];
  #publishing: Promise<void> = Promise.resolve();
  #quiet = new AbortController();

  private constructor(folder: string, server: EventServer) {
    this.folder = folder;
    this.server = server;
  }

  static async start(): Promise<ProgramRig> {
    return new ProgramRig(
      await mkdtemp(join(tmpdir(), 'forwarder-')),
      await EventServer.start({ keepaliveMs: 500, keys: KEYS }),
    );
  }

  get control(): Control {
    return controlClient(join(this.folder, 'data/control.sock'));
  }

  async intake(apiKey?: string): Promise<DatadogReceiver> {
    const intake = await datadogReceiver({ keepBodies: false, ...(apiKey !== undefined && { apiKey }) });
    this.#intakes.push(intake);
    return intake;
  }

  /** Settings for an intake: small batches, quick retries. */
  datadog({ url, apiKey }: DatadogReceiver, more: object = {}): object {
    const retry = { initialMs: 20, maxMs: 200, holdMs: 200, maxHoldMs: 500 };
    return { type: 'datadog', endpoint: url, apiKey, batchSize: 100, flushIntervalMs: 50, retry, ...more };
  }

  /** Writes the file of settings as an editor does: a new file in the place of the old one. */
  async write(destinations: object, more: object = {}): Promise<void> {
    const settings = {
      sources: { main: { url: this.server.url, apiKey: this.server.key } },
      journal: { folder: './data' },
      server: { http: false },
      connections: 1,
      destinations,
      ...more,
    };
    const file = join(this.folder, 'grantex-forwarder.yaml');
    await writeFile(`${file}.new`, JSON.stringify(settings, undefined, 2));
    await rename(`${file}.new`, file);
  }

  /** Starts the program; `env` is all of its environment. */
  spawn(args: readonly string[], env: Readonly<Record<string, string>> = {}): ProgramRun {
    const run = new ProgramRun(args, this.folder, env);
    this.#runs.push(run);
    return run;
  }

  /** Starts the forwarder, and resolves when it hears the stream. */
  async run(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<ProgramRun> {
    const run = this.spawn(['run', ...args], env);
    await run.logged('running');
    await this.server.subscribed(1, PATIENCE);
    return run;
  }

  /** Publishes so many events a second until `quiet()`. */
  publish(eventsPerSecond: number): void {
    const { signal } = (this.#quiet = new AbortController());
    const each = 20;
    this.#publishing = (async () => {
      const startedAt = performance.now();
      for (let count = 0; !signal.aborted; count += each) {
        this.emit(makeEvents(each, { startTime: Date.now(), seed: this.published.length + 1 }));
        const due = startedAt + (count * 1_000) / eventsPerSecond;
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      }
    })();
  }

  emit(events: readonly TestEvent[]): void {
    this.server.publish(events);
    for (const { id } of events) this.published.push(id);
  }

  async quiet(): Promise<void> {
    this.#quiet.abort();
    await this.#publishing;
    await this.server.drained();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quiet();
    for (const run of this.#runs) {
      run.kill('SIGKILL');
      await run.ended();
    }
    await this.server.close();
    for (const intake of this.#intakes) await intake.close();
    await rm(this.folder, { recursive: true });
  }
}

/** Waits until the condition holds; rejects with its name after `timeoutMs`. */
export async function until(
  name: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  for (const end = Date.now() + timeoutMs; !(await condition());) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Ids that came more than once. */
export function repeated(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.has(id) || (seen.add(id), false));
}

/** Ids that did not come. */
export function missing(published: readonly string[], arrived: readonly string[]): readonly string[] {
  const seen = new Set(arrived);
  return published.filter((id) => !seen.has(id));
}
