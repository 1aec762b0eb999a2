/** What gzip costs the main thread, which everything else shares; the compressing itself is done on other threads. */
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, withSpread } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { Measured } from './programs/settings.ts';

const BATCH_SIZES = [1_000, 100] as const;

export const benchmark: Benchmark = {
  rounds: 5,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const events = isQuick ? 120_000 : 300_000;
    const warmUp = isQuick ? 40_000 : 100_000;
    const rows: string[][] = [];
    const rises = new Map<number, number>();
    for (const batchSize of BATCH_SIZES) {
      const run = async (compression: 'gzip' | 'none'): Promise<Measured> =>
        await rig.run('pipeline', { destinations: [{ url: rig.urlOf(), batchSize, compression }], events, warmUp });
      const results = await takeTurns(
        { rounds, progress: (text) => progress(`batch ${batchSize}, ${text}`) },
        { none: () => run('none'), gzip: () => run('gzip') },
      );
      const mainThread = (name: 'none' | 'gzip'): number =>
        median(results[name].map(({ mainThreadMicros }) => mainThreadMicros));
      rises.set(batchSize, mainThread('gzip') / mainThread('none'));
      for (const name of ['none', 'gzip'] as const) {
        rows.push([
          String(batchSize),
          name,
          withSpread(results[name].map(({ mainThreadMicros }) => mainThreadMicros)),
          withSpread(results[name].map(({ cpuMicros }) => cpuMicros)),
          withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
        ]);
      }
    }
    const named = [...rises].map(([batchSize, rise]) => ({
      name: `batch ${batchSize}: main thread's time with gzip, × without`,
      value: rise,
    }));
    return {
      tables: [
        {
          title: `Datadog destination, ${events.toLocaleString('en')} events, ${rounds} rounds`,
          head: ['batch', 'compression', 'main thread µs an event', 'whole process µs an event', 'events/s'],
          rows,
        },
      ],
      aims: named.map(({ name, value }) => atMost(name, value, 1.1)),
      ratios: named.map(({ name, value }) => ({ name, value, better: 'lower' })),
    };
  },
};
