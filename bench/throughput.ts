/** Processor time an event and events a second: the pipeline beside the floor and the naive way, with both journals. */
import type { Benchmark } from './harness/benchmark.ts';
import { atLeast, atMost, round, withSpread, type Aim, type Ratio, type Table } from './harness/report.ts';
import { Rig, type Program } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { DestinationSettings, Measured, Settings } from './programs/settings.ts';

export const BATCH_SIZES = [1_000, 100] as const;

export const benchmark: Benchmark = {
  rounds: 5,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const events = isQuick ? 150_000 : 400_000;
    const warmUp = isQuick ? 50_000 : 100_000;
    const tables: Table[] = [];
    const aims: Aim[] = [];
    const ratios: Ratio[] = [];
    for (const batchSize of BATCH_SIZES) {
      const run = async (
        program: Program,
        more: Partial<Settings> = {},
        destination: Partial<DestinationSettings> = {},
      ): Promise<Measured> =>
        await rig.run(program, {
          destinations: [{ url: rig.urlOf(), batchSize, ...destination }],
          events,
          warmUp,
          ...more,
        });
      const results = await takeTurns(
        { rounds, progress: (text) => progress(`batch ${batchSize}, ${text}`) },
        {
          floor: () => run('floor'),
          naive: () => run('naive'),
          'memory journal': () => run('pipeline'),
          'disk journal': () => run('pipeline', { journal: 'disk' }),
          // Sends what the floor sends, so that the cost of the engine is seen apart from that of the logs.
          'memory journal, HTTP destination': () => run('pipeline', {}, { type: 'http' }),
        },
      );
      const cpu = (name: keyof typeof results): number => median(results[name].map(({ cpuMicros }) => cpuMicros));
      const speed = (name: keyof typeof results): number =>
        median(results[name].map(({ eventsPerSecond }) => eventsPerSecond));
      const names = Object.keys(results) as (keyof typeof results)[];
      tables.push({
        title: `Batches of ${batchSize.toLocaleString('en')}, ${events.toLocaleString('en')} events, ${rounds} rounds`,
        head: ['', 'processor µs an event', '× floor', '× naive', 'events/s', '× floor', 'peak MB'],
        rows: names.map((name) => [
          name,
          withSpread(results[name].map(({ cpuMicros }) => cpuMicros)),
          round(cpu(name) / cpu('floor')),
          round(cpu(name) / cpu('naive')),
          withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
          round(speed(name) / speed('floor')),
          round(median(results[name].map(({ peakMegabytes }) => peakMegabytes))),
        ]),
      });
      const at = `batch ${batchSize}`;
      aims.push(
        atMost(`memory journal, ${at}: processor time, × floor`, cpu('memory journal') / cpu('floor'), 1.5),
        atMost(`memory journal, ${at}: processor time, × naive`, cpu('memory journal') / cpu('naive'), 0.45),
        atLeast(`memory journal, ${at}: events/s, × floor`, speed('memory journal') / speed('floor'), 0.8),
        atMost(`disk journal, ${at}: processor time, × floor`, cpu('disk journal') / cpu('floor'), 2),
        atLeast(`disk journal, ${at}: events/s, × floor`, speed('disk journal') / speed('floor'), 0.6),
      );
      for (const journal of ['memory journal', 'disk journal'] as const) {
        ratios.push(
          { name: `${journal}, ${at}: processor time, × floor`, value: cpu(journal) / cpu('floor'), better: 'lower' },
          { name: `${journal}, ${at}: processor time, × naive`, value: cpu(journal) / cpu('naive'), better: 'lower' },
        );
      }
    }
    return { tables, aims, ratios };
  },
};
