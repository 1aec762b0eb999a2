/**
 * Events a processor second: the pipeline beside Redpanda Benthos, which is built from its module (pinned in
 * benthos/go.mod) into `.data/` and configured for the same work. Needs Go.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { benthosSettings } from './benthos/settings.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { atLeast, round, withSpread, type Aim, type Table } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';

const SOURCES = fileURLToPath(new URL('./benthos/', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./.data/benthos', import.meta.url));
/** A run that takes longer is broken. */
const RUN_TIMEOUT_MS = 300_000;
/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICKS_PER_SECOND = 100;

interface Result {
  readonly eventsPerProcessorSecond: number;
  readonly eventsPerSecond: number;
}

function build(): void {
  mkdirSync(new URL('./.data/', import.meta.url), { recursive: true });
  execFileSync('nice', ['-n', '19', 'go', 'build', '-trimpath', '-o', PROGRAM, '.'], {
    cwd: SOURCES,
    stdio: 'inherit',
  });
}

/** Processor time of a process so far, of all its threads, seconds. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name stands in brackets and may hold anything; user and system time are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function runBenthos(rig: Rig, batchSize: number, events: number, warmUp: number): Promise<Result> {
  await rig.server.order({ events, warmUp });
  await rig.receivers[0]?.order({ watches: 'events' });
  const settings = benthosSettings(rig.server.url, rig.server.key, { url: rig.urlOf(), batchSize });
  const child = spawn(PROGRAM, [settings], {
    // One processor, as the pipeline's main thread has: the fewest that wait for each other.
    env: { ...process.env, GOMAXPROCS: '1' },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: RUN_TIMEOUT_MS,
  });
  const ended = once(child, 'exit');
  const pid = child.pid ?? 0;
  const received = async (count: number): Promise<void> => {
    while ((await rig.received()).events < count) {
      if (child.exitCode !== null) throw new Error(`Benthos ended with ${child.exitCode}`);
      await sleep(10);
    }
  };
  try {
    await received(warmUp);
    const before = processorSeconds(pid);
    const startedAt = performance.now();
    await rig.server.ask('go on');
    await received(events);
    const seconds = (performance.now() - startedAt) / 1_000;
    return {
      eventsPerProcessorSecond: (events - warmUp) / (processorSeconds(pid) - before),
      eventsPerSecond: (events - warmUp) / seconds,
    };
  } finally {
    child.kill();
    await ended;
  }
}

export const benchmark: Benchmark = {
  rounds: 3,
  async run({ rounds, isQuick, progress }) {
    progress('building Benthos');
    build();
    using rig = await Rig.start();
    const events = isQuick ? 120_000 : 400_000;
    const warmUp = isQuick ? 40_000 : 100_000;
    const tables: Table[] = [];
    const aims: Aim[] = [];
    for (const batchSize of [1_000, 100]) {
      const run = async (journal: 'memory' | 'disk'): Promise<Result> => {
        const destinations = [{ url: rig.urlOf(), batchSize }];
        const settings = { destinations, events, warmUp, journal };
        const { cpuMicros, eventsPerSecond } = await rig.run('pipeline', settings, {
          receivers: [{ watches: 'events' }],
        });
        return { eventsPerProcessorSecond: 1e6 / cpuMicros, eventsPerSecond };
      };
      const results = await takeTurns(
        { rounds, progress: (text) => progress(`batch ${batchSize}, ${text}`) },
        {
          Benthos: () => runBenthos(rig, batchSize, events, warmUp),
          'memory journal': () => run('memory'),
          'disk journal': () => run('disk'),
        },
      );
      const names = Object.keys(results) as (keyof typeof results)[];
      const rate = (name: keyof typeof results): number =>
        median(results[name].map(({ eventsPerProcessorSecond }) => eventsPerProcessorSecond));
      tables.push({
        title: `Batches of ${batchSize.toLocaleString('en')}, ${events.toLocaleString('en')} events, ${rounds} rounds`,
        head: ['', 'events a processor second', '× Benthos', 'events/s'],
        rows: names.map((name) => [
          name,
          withSpread(results[name].map(({ eventsPerProcessorSecond }) => eventsPerProcessorSecond)),
          round(rate(name) / rate('Benthos')),
          withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
        ]),
      });
      const what = `batch ${batchSize}: events a processor second, × Benthos`;
      aims.push(atLeast(what, rate('memory journal') / rate('Benthos'), 3));
    }
    return { tables, aims, ratios: [] };
  },
};
