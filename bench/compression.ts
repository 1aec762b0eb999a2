/** What gzip costs the main thread, which everything else shares; the compressing itself is done on other threads. */
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, withSpread, type Table } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { Measured } from './programs/settings.ts';

const BATCH_SIZES = [1_000, 100] as const;
/**
 * Below full speed both do the same work in the same time, so that a comparison shows what gzip costs. At full speed
 * the faster one reads and writes in larger pieces, which is cheaper for each event.
 */
const PER_SECOND = 40_000;
const COMPRESSIONS = ['none', 'gzip'] as const;

export const benchmark: Benchmark = {
  rounds: 5,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const events = isQuick ? 120_000 : 300_000;
    const warmUp = isQuick ? 40_000 : 100_000;
    const tables: Table[] = [];
    const rises: { readonly name: string; readonly value: number }[] = [];
    for (const perSecond of [PER_SECOND, undefined]) {
      const rate = perSecond === undefined ? 'full speed' : `${perSecond.toLocaleString('en')}/s`;
      const rows: string[][] = [];
      for (const batchSize of BATCH_SIZES) {
        const run = async (compression: (typeof COMPRESSIONS)[number]): Promise<Measured> => {
          const destinations = [{ url: rig.urlOf(), batchSize, compression }];
          return await rig.run(
            'pipeline',
            { destinations, events, warmUp },
            perSecond === undefined ? {} : { perSecond },
          );
        };
        const results = await takeTurns(
          { rounds, progress: (text) => progress(`${rate}, batch ${batchSize}, ${text}`) },
          { none: () => run('none'), gzip: () => run('gzip') },
        );
        const mainThread = (name: (typeof COMPRESSIONS)[number]): number =>
          median(results[name].map(({ mainThreadMicros }) => mainThreadMicros));
        rises.push({
          name: `${rate}, batch ${batchSize}: main thread's time with gzip, × without`,
          value: mainThread('gzip') / mainThread('none'),
        });
        for (const name of COMPRESSIONS) {
          rows.push([
            String(batchSize),
            name,
            withSpread(results[name].map(({ mainThreadMicros }) => mainThreadMicros)),
            withSpread(results[name].map(({ cpuMicros }) => cpuMicros)),
            withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
          ]);
        }
      }
      tables.push({
        title: `Datadog destination at ${rate}, ${events.toLocaleString('en')} events, ${rounds} rounds`,
        head: ['batch', 'compression', 'main thread µs an event', 'whole process µs an event', 'events/s'],
        rows,
      });
    }
    return {
      tables,
      aims: rises.map(({ name, value }) => atMost(name, value, 1.1)),
      ratios: rises.map(({ name, value }) => ({ name, value, better: 'lower' })),
    };
  },
};
