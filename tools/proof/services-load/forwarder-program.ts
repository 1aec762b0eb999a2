import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ForwarderStatus } from '../../../packages/forwarder/src/watching/status.ts';

/** As it is published: `pnpm build` makes it. */
const PROGRAM = fileURLToPath(new URL('../../../packages/forwarder/dist/program.js', import.meta.url));
const TIMEOUT_MS = 10_000;

/** A line of the log. */
export interface LogLine {
  readonly level: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly msg: string;
  readonly destination?: string;
  readonly code?: string;
}

/** The real program, with a file of settings, watched from outside. */
export class ForwarderProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | NodeJS.Signals>;
  readonly #settings: string;
  readonly #log: string;
  readonly #url: string;
  #end: number | NodeJS.Signals | undefined;

  private constructor(child: ChildProcess, settings: string, log: string, url: string) {
    this.#child = child;
    this.#settings = settings;
    this.#log = log;
    this.#url = url;
    this.#ended = once(child, 'exit').then(([code, signal]) => {
      this.#end = (code as number | null) ?? (signal as NodeJS.Signals);
      return this.#end;
    });
  }

  /** Resolves when it runs. Everything it writes lies in `folder`. */
  static async start(folder: string, settings: Readonly<Record<string, unknown>>): Promise<ForwarderProgram> {
    const port = await freePort();
    const server = { host: '127.0.0.1', port, stopDeadlineMs: 30_000 };
    const file = join(folder, 'grantex-forwarder.json');
    const whole = { ...settings, journal: { folder: './data' }, server, logging: { level: 'info', format: 'json' } };
    await writeFile(file, JSON.stringify(whole, undefined, 2));
    const log = join(folder, 'forwarder.log');
    await using stderr = await open(log, 'w');
    const child = spawn(process.execPath, [PROGRAM, 'run', '--config', file], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'ignore', stderr.fd],
    });
    const program = new ForwarderProgram(child, file, log, `http://127.0.0.1:${port}`);
    await program.#untilRunning();
    return program;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  async status(): Promise<ForwarderStatus> {
    return JSON.parse(await this.#get('/status')) as ForwarderStatus;
  }

  /** In Prometheus's text format. */
  metrics(): Promise<string> {
    return this.#get('/metrics');
  }

  /** What `top` shows, asked as a person would: a process of its own, by the Unix socket. */
  async top(): Promise<ForwarderStatus> {
    const args = [PROGRAM, 'top', '--once', '--json', '--config', this.#settings];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: TIMEOUT_MS });
    return JSON.parse(stdout) as ForwarderStatus;
  }

  async log(): Promise<readonly LogLine[]> {
    const lines = (await readFile(this.#log, 'utf8')).split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as LogLine);
  }

  /** Asks it to end. @returns its exit code, or the signal */
  async terminate(): Promise<number | NodeJS.Signals> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async #untilRunning(): Promise<void> {
    for (const end = Date.now() + TIMEOUT_MS; !(await readFile(this.#log, 'utf8')).includes('"msg":"running"');) {
      if (this.hasEnded || Date.now() > end) {
        this.#child.kill('SIGKILL');
        throw new Error(`the forwarder did not start:\n${await readFile(this.#log, 'utf8')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(new URL(path, this.#url), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
    return response.text();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
