/** How long importing takes: core beside what it imports itself, and each HTTP destination on top of core. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, round, withSpread } from './harness/report.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';

const CORE = built('core');
/** What core loads when it is imported: `ws` comes with the first WebSocket, and zod is built in. */
const DEPENDENCIES = ['undici', 'eventsource-parser'].map(fromCore);
const HTTP_DESTINATIONS = ['datadog', 'http', 'loki', 'splunk'] as const;

function built(name: string): string {
  return new URL(`../packages/${name}/dist/index.js`, import.meta.url).href;
}

function fromCore(name: string): string {
  return pathToFileURL(createRequire(CORE).resolve(name)).href;
}

/** Milliseconds for each of the modules, one after the other in a new process. */
async function importAll(modules: readonly string[]): Promise<readonly number[]> {
  const program = fileURLToPath(new URL('./programs/import-modules.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(modules)]);
  const [times] = (await once(child, 'message')) as [readonly number[]];
  await once(child, 'exit');
  return times;
}

async function together(modules: readonly string[]): Promise<number> {
  return (await importAll(modules)).reduce((sum, ms) => sum + ms, 0);
}

/** On top of core, as a part of what core took in the same process. */
async function onTop(name: string): Promise<number> {
  const [core = Number.NaN, destination = Number.NaN] = await importAll([CORE, built(`destination-${name}`)]);
  return destination / core;
}

export const benchmark: Benchmark = {
  rounds: 25,
  async run({ rounds, isQuick, progress }) {
    const options = { rounds: isQuick ? Math.max(rounds, 9) : rounds, progress };
    const whole = await takeTurns(options, {
      'its dependencies alone': () => together(DEPENDENCIES),
      core: () => together([CORE]),
      'the umbrella': () => together([built('destinations')]),
    });
    const parts = await takeTurns(
      options,
      Object.fromEntries(HTTP_DESTINATIONS.map((name) => [name, () => onTop(name)])) as Record<
        (typeof HTTP_DESTINATIONS)[number],
        () => Promise<number>
      >,
    );
    const core = median(whole.core) / median(whole['its dependencies alone']);
    return {
      tables: [
        {
          title: `Importing, ${options.rounds} new processes each`,
          head: ['', 'ms', '× dependencies'],
          rows: Object.entries(whole).map(([name, times]) => [
            name,
            withSpread(times),
            round(median(times) / median(whole['its dependencies alone'])),
          ]),
        },
        {
          title: 'A destination on top of core',
          head: ['', 'part of what core takes'],
          rows: Object.entries(parts).map(([name, shares]) => [name, withSpread(shares)]),
        },
      ],
      aims: [
        atMost('importing core, × importing its dependencies', core, 1.3),
        ...HTTP_DESTINATIONS.map((name) => atMost(`${name}: adds, × core`, median(parts[name]), 0.15)),
      ],
      ratios: [{ name: 'importing core, × its dependencies', value: core, better: 'lower' }],
    };
  },
};
