/** Starts and ends servers by the scripts in `servers/`. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import {
  instances,
  parseAddress,
  ports,
  portVariable,
  SERVICES_DIR,
  type ServiceName,
  type Settings,
} from './address.ts';

/** Exit status of a script whose tool is missing, see `need` in servers/lib.sh. */
const TOOL_MISSING = 4;

export type Outcome = { kind: 'ready'; address: Settings<string> } | { kind: 'tool-missing' } | { kind: 'failed' };

/** Starts one server, or finds it running. Each line that the script says on its way goes to `onLine`. */
export async function start(name: ServiceName, onLine: (line: string) => void): Promise<Outcome> {
  const { status, output } = await run(name, 'start', onLine);
  if (status === 0) return { kind: 'ready', address: parseAddress(output) };
  return { kind: status === TOOL_MISSING ? 'tool-missing' : 'failed' };
}

/** Ends every instance of a server that was started from here, and resolves with their pids when they have ended. */
export async function stop(
  name: ServiceName,
  verb: 'stop' | 'reset',
  onLine: (line: string) => void,
): Promise<number[]> {
  const running = instances(name).filter(({ alive }) => alive);
  for (const port of ports(name)) {
    const { status } = await run(name, verb, onLine, port);
    if (status !== 0) throw new Error(`${name} on port ${port} could not be ended`);
  }
  return running.map(({ pid }) => pid);
}

async function run(
  name: ServiceName,
  verb: string,
  onLine: (line: string) => void,
  port?: number,
): Promise<{ status: number; output: string }> {
  const child = spawn(join(import.meta.dirname, 'servers', name), [verb], {
    env: {
      ...process.env,
      GRANTEX_SERVICES_DIR: SERVICES_DIR,
      ...(port === undefined ? {} : { [portVariable(name)]: String(port) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  createInterface(child.stderr).on('line', (line) => onLine(line.replace(`${name}: `, '')));
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (status) => resolve(status ?? 1));
  });
  const [output, status] = await Promise.all([text(child.stdout), ended]);
  return { status, output };
}

export interface State {
  readonly name: ServiceName;
  readonly state: 'running' | 'starting' | 'not answering' | 'crashed' | 'stopped';
  readonly pid?: number;
  readonly port?: number;
  /** Resident memory, MiB. */
  readonly memory?: number;
  /** Unix epoch, milliseconds. */
  readonly startedAt?: number;
}

/** The state of each instance of a server; one `stopped` when there is none. */
export async function states(name: ServiceName): Promise<State[]> {
  const started = instances(name);
  if (started.length === 0) return [{ name, state: 'stopped' }];
  return Promise.all(
    started.map(async ({ alive, address, pid, port, startedAt }): Promise<State> => {
      if (!alive) return { name, state: 'crashed', pid, port };
      const state = address === undefined ? 'starting' : (await answers(name, port)) ? 'running' : 'not answering';
      return { name, state, pid, port, startedAt, memory: residentMemory(pid) };
    }),
  );
}

async function answers(name: ServiceName, port: number): Promise<boolean> {
  const { status } = await run(name, 'status', () => {}, port);
  return status === 0;
}

function residentMemory(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return Math.round(Number(kilobytes) / 1024);
  } catch {
    return 0; // it ended just now
  }
}
