/** Peak memory over two million events at full speed, and whether it grows. */
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, round, withSpread, type Aim, type Table } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { Measured } from './programs/settings.ts';

const BATCH_SIZE = 1_000;
/** What the collector leaves lying about differs from one quarter to the next by so much without any growth. */
const NOISE = 1.05;

export const benchmark: Benchmark = {
  rounds: 3,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const events = isQuick ? 300_000 : 2_000_000;
    const run = async (program: 'floor' | 'pipeline', journal: 'memory' | 'disk' = 'memory'): Promise<Measured> =>
      await rig.run(
        program,
        {
          destinations: [{ url: rig.urlOf(), batchSize: BATCH_SIZE }],
          events,
          warmUp: 0,
          journal,
          samplesMemory: true,
        },
        // What does not fit the journal is passed over, and has to be seen here.
        { mayMiss: true },
      );
    const results = await takeTurns(
      { rounds, progress },
      {
        floor: () => run('floor'),
        'memory journal': () => run('pipeline'),
        'disk journal': () => run('pipeline', 'disk'),
      },
    );
    const names = Object.keys(results) as (keyof typeof results)[];
    const peak = (name: keyof typeof results): number =>
      median(results[name].map(({ peakMegabytes }) => peakMegabytes));
    const growth = (name: keyof typeof results): number =>
      median(results[name].map(({ quarters: [first, last] = [Number.NaN, Number.NaN] }) => last / first));
    const amiss = (name: keyof typeof results): number => Math.max(...results[name].map((result) => result.amiss));
    const table: Table = {
      title: `${events.toLocaleString('en')} events at full speed, batches of 1,000, ${rounds} rounds`,
      head: ['', 'peak MB', '× floor', 'first quarter MB', 'last quarter MB', 'last ÷ first', 'events/s', 'amiss'],
      rows: names.map((name) => [
        name,
        withSpread(results[name].map(({ peakMegabytes }) => peakMegabytes)),
        round(peak(name) / peak('floor')),
        round(median(results[name].map(({ quarters }) => quarters?.[0] ?? Number.NaN))),
        round(median(results[name].map(({ quarters }) => quarters?.[1] ?? Number.NaN))),
        round(growth(name)),
        withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
        round(amiss(name)),
      ]),
    };
    const aims: Aim[] = (['memory journal', 'disk journal'] as const).flatMap((name) => [
      atMost(`${name}: peak memory, × floor`, peak(name) / peak('floor'), 1.6),
      atMost(`${name}: memory of the last quarter, × the first (${NOISE}: noise)`, growth(name), NOISE),
      atMost(`${name}: events that were passed over, at most`, amiss(name), 0),
    ]);
    return { tables: [table], aims, ratios: [] };
  },
};
