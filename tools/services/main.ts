/** `pnpm services`: real servers for integration tests, on this machine. */
import { parseArgs } from 'node:util';
import { SERVICE_NAMES, type ServiceName, type Settings } from './address.ts';
import { start, type State, states, stop } from './server.ts';

const HELP = `Real servers for integration tests, on loopback ports of this machine.

  pnpm services up [name…]       start them, build what is missing, print their addresses as KEY=value
  pnpm services status [name…]   which of them run; exit status 1 unless all do
  pnpm services down [name…]     end those that were started from here; their data stay
  pnpm services reset [name…]    end them and delete their data; what was built stays

Names: ${SERVICE_NAMES.join(', ')} (without a name: all; nginx brings victorialogs).

  --json   print one JSON object instead of lines
  --help   print this

Progress goes to the standard error, the result to the standard output. Exit status: 0 done, 1 a server failed,
2 wrong usage, 3 a tool is missing (the message says how to get it; the other servers are started all the same).
Everything is kept in tools/services/.data, or in GRANTEX_SERVICES_DIR.
`;

/** First starts that take long enough to say so, in minutes on two free cores. */
const BUILD_MINUTES: Readonly<Partial<Record<ServiceName, number>>> = {
  victorialogs: 1,
  toxiproxy: 1,
  'splunk-hec': 2,
  s3: 2,
  bigquery: 1,
  loki: 5,
};

/** Often enough to show that a build goes on, seldom enough for a log of CI. */
const HEARTBEAT_MS = 30_000;

const NAME_WIDTH = Math.max(...SERVICE_NAMES.map((name) => name.length)) + 2;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
  } catch (error) {
    return wrongUsage(error instanceof Error ? error.message : String(error));
  }
  const { json, help } = parsed.values;
  const [command, ...asked] = parsed.positionals;
  if (help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unknown = asked.find((name) => !isServiceName(name));
  if (unknown !== undefined)
    return wrongUsage(`there is no server "${unknown}"; there are ${SERVICE_NAMES.join(', ')}`);
  const names = asked.length === 0 ? SERVICE_NAMES : asked.filter(isServiceName);
  switch (command) {
    case 'up':
      return up(names, json);
    case 'status':
      return status(names, json);
    case 'down':
      return down(names, 'stop');
    case 'reset':
      return down(names, 'reset');
    case undefined:
      return wrongUsage('a command is needed');
    default:
      return wrongUsage(`there is no command "${command}"`);
  }
}

async function up(asked: readonly ServiceName[], json: boolean): Promise<number> {
  const wanted = new Set<ServiceName>(asked);
  if (wanted.has('nginx')) wanted.add('victorialogs');
  const names = SERVICE_NAMES.filter((name) => wanted.has(name));
  const addresses = new Map<ServiceName, Settings<string>>();
  const failed: ServiceName[] = [];
  const withoutTool: ServiceName[] = [];

  const bring = async (name: ServiceName) => {
    const outcome = await startWithProgress(name);
    if (outcome.kind === 'ready') addresses.set(name, outcome.address);
    else (outcome.kind === 'failed' ? failed : withoutTool).push(name);
  };
  // Builds wait for one another, and nobody should wait for Loki's.
  await Promise.all(names.filter((name) => name !== 'loki').map(bring));
  if (wanted.has('loki')) await bring('loki');

  const ready = names.flatMap((name) => {
    const address = addresses.get(name);
    return address === undefined ? [] : [{ name, address }];
  });
  if (json) {
    console.log(JSON.stringify(Object.fromEntries(ready.map(({ name, address }) => [name, address])), undefined, 2));
  } else {
    for (const { address } of ready) {
      for (const [key, value] of Object.entries(address)) console.log(`${key}=${value}`);
    }
  }
  if (withoutTool.length > 0) console.error(`Not started, because a tool is missing: ${withoutTool.join(', ')}`);
  if (failed.length > 0) console.error(`Not started: ${failed.join(', ')}`);
  return failed.length > 0 ? 1 : withoutTool.length > 0 ? 3 : 0;
}

async function startWithProgress(name: ServiceName) {
  const startedAt = performance.now();
  const elapsed = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  let stage = '';
  const heartbeat = setInterval(() => progress(name, `still ${stage}, ${elapsed()} …`), HEARTBEAT_MS);
  const outcome = await start(name, (line) => {
    stage = /^(waiting|building|starting)/.exec(line)?.[1] ?? stage;
    const minutes = line.startsWith('building') ? BUILD_MINUTES[name] : undefined;
    progress(name, minutes === undefined ? line : `${line}; takes about ${minutes} min`);
  });
  clearInterval(heartbeat);
  if (outcome.kind === 'ready') progress(name, stage === '' ? 'runs already' : `ready after ${elapsed()}`);
  return outcome;
}

async function down(names: readonly ServiceName[], verb: 'stop' | 'reset'): Promise<number> {
  const outcomes = await Promise.all(
    names.map(async (name) => {
      try {
        const pids = await stop(name, verb, (line) => progress(name, line));
        progress(name, pids.length === 0 ? 'does not run' : `ended (pid ${pids.join(', ')})`);
        return true;
      } catch (error) {
        progress(name, error instanceof Error ? error.message : String(error));
        return false;
      }
    }),
  );
  return outcomes.every(Boolean) ? 0 : 1;
}

async function status(names: readonly ServiceName[], json: boolean): Promise<number> {
  const all = (await Promise.all(names.map(states))).flat();
  if (json) console.log(JSON.stringify(all, undefined, 2));
  else {
    console.log(row('NAME', 'STATE', 'PID', 'PORT', 'MEMORY', 'SINCE'));
    for (const state of all) console.log(describe(state));
  }
  return all.every(({ state }) => state === 'running') ? 0 : 1;
}

function describe({ name, state, pid, port, memory, startedAt }: State): string {
  const since = startedAt === undefined ? '-' : new Date(startedAt).toLocaleString('sv');
  return row(name, state, String(pid ?? '-'), String(port ?? '-'), memory === undefined ? '-' : `${memory} MiB`, since);
}

function row(name: string, state: string, pid: string, port: string, memory: string, since: string): string {
  return `${name.padEnd(NAME_WIDTH)}${state.padEnd(15)}${pid.padEnd(9)}${port.padEnd(7)}${memory.padEnd(9)}${since}`;
}

function progress(name: ServiceName, text: string): void {
  console.error(`${name.padEnd(NAME_WIDTH)}${text}`);
}

function wrongUsage(message: string): number {
  console.error(`${message}\n\n${HELP}`);
  return 2;
}

function isServiceName(name: string): name is ServiceName {
  return SERVICE_NAMES.some((known) => known === name);
}
