/** `pnpm prove:cuts`: connections that break, one or all of them, with an account of every event. */
import { parseArgs } from 'node:util';
import type { TransportName } from '@grantex/core';
import { tellVerdict, type Verdict } from '../crash/verdict.ts';
import { runAlternate } from './alternate-run.ts';
import { runHalfOpen } from './half-open-run.ts';
import { runTotal } from './total-run.ts';

const HELP = `Breaks the connections to the event server under load and asks where each event is.

  pnpm prove:cuts              all three, one after the other
  pnpm prove:cuts alternate    one of two connections is cut every 5,000 events: nothing missing, nothing twice, no gap
  pnpm prove:cuts total        all connections are cut at once, with two and with one: what is missing lies in a gap
  pnpm prove:cuts half-open    connections fall silent without an end: noticed in time, a gap only when none is heard

  --events 200000         published by alternate; by total, half for each of its two runs
  --rate 4000             events a second (half-open: a tenth of it for each of its runs, which go side by side)
  --seed 1                of the moments and the kinds of cuts
  --transport sse,websocket     taken in turn by the connections; sse or websocket alone is fine, too
  --connections 2         of alternate; 1 shows that the check finds what is missing then
  --every 5000            events between two cuts; 1: the next one as soon as all are heard again
  --latency 0             milliseconds for which the stream is on its way (alternate)
  --silence 3000          milliseconds after which half-open connections are dead; default: as the source has it (75 s)
  --first-byte            milliseconds to wait for the first byte of a connection; as --silence, unless it is given
  --freezes 4             of each run of half-open
  --help                  print this

Exit status: 0 every event is accounted for, 1 a promise is broken (it says which), 2 wrong usage.
`;
const RUNS = ['alternate', 'total', 'half-open'] as const;

class UsageError extends Error {}

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${HELP}`);
    return 2;
  }
}

async function run(): Promise<number> {
  const { values, positionals } = read();
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const events = wholeNumber('--events', values.events);
  const eventsPerSecond = wholeNumber('--rate', values.rate);
  const seed = wholeNumber('--seed', values.seed);
  const connections = wholeNumber('--connections', values.connections);
  const every = wholeNumber('--every', values.every);
  const latencyMs = wholeNumber('--latency', values.latency, 0);
  const freezes = wholeNumber('--freezes', values.freezes);
  const silenceTimeoutMs = values.silence === 'default' ? undefined : wholeNumber('--silence', values.silence, 1_200);
  const firstByte = values['first-byte'];
  const firstByteTimeoutMs = firstByte === undefined ? silenceTimeoutMs : wholeNumber('--first-byte', firstByte, 1_200);
  const transports = transportNames(values.transport);
  const load = { events, eventsPerSecond, seed, transports, every, onProgress };

  const verdicts: Verdict[] = [];
  for (const name of runNames(positionals)) {
    console.log(`${name} …`);
    if (name === 'alternate') {
      verdicts.push(await runAlternate({ ...load, connections, latencyMs }));
    } else if (name === 'total') {
      for (const count of [2, 1]) {
        verdicts.push(await runTotal({ ...load, events: Math.ceil(events / 2), connections: count }));
      }
    } else {
      const rate = Math.max(1, Math.floor(eventsPerSecond / 10));
      const timeouts = { silenceTimeoutMs, firstByteTimeoutMs };
      verdicts.push(...(await runAllHalfOpen({ eventsPerSecond: rate, seed, freezes, ...timeouts, onProgress })));
    }
  }
  return tellVerdict({
    report: verdicts.flatMap(({ report }) => report),
    faults: verdicts.flatMap(({ faults }) => faults),
  });
}

/** Most of the time of each is waiting, so they go side by side. */
function runAllHalfOpen(
  load: Omit<Parameters<typeof runHalfOpen>[0], 'transports' | 'connections' | 'silent'>,
): Promise<Verdict[]> {
  return Promise.all([
    runHalfOpen({ ...load, transports: ['sse'], connections: 1, silent: 'one' }),
    runHalfOpen({ ...load, transports: ['websocket'], connections: 1, silent: 'one' }),
    runHalfOpen({ ...load, transports: ['sse', 'websocket'], connections: 2, silent: 'one' }),
    runHalfOpen({ ...load, transports: ['sse', 'websocket'], connections: 2, silent: 'all' }),
  ]);
}

function onProgress(line: string): void {
  console.log(`  ${line}`);
}

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        events: { type: 'string', default: '200000' },
        rate: { type: 'string', default: '4000' },
        seed: { type: 'string', default: '1' },
        transport: { type: 'string', default: 'sse,websocket' },
        connections: { type: 'string', default: '2' },
        every: { type: 'string', default: '5000' },
        latency: { type: 'string', default: '0' },
        silence: { type: 'string', default: '3000' },
        'first-byte': { type: 'string' },
        freezes: { type: 'string', default: '4' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function runNames(positionals: readonly string[]): readonly (typeof RUNS)[number][] {
  if (positionals.length === 0) return RUNS;
  return positionals.map((given) => {
    const known = RUNS.find((name) => name === given);
    if (known === undefined) throw new UsageError(`expected ${RUNS.join(', ')}, got ${given}`);
    return known;
  });
}

function transportNames(text: string): readonly TransportName[] {
  return text.split(',').map((name) => {
    if (name !== 'sse' && name !== 'websocket') throw new UsageError(`--transport: sse or websocket, got ${name}`);
    return name;
  });
}

function wholeNumber(name: string, text: string, least = 1): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) {
    throw new UsageError(`${name}: expected a whole number from ${least} on, got ${text}`);
  }
  return number;
}
