/** What a second and a third destination of the same kind add to the processor time of the first. */
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, round, withSpread } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { Measured } from './programs/settings.ts';

const BATCH_SIZE = 1_000;

export const benchmark: Benchmark = {
  rounds: 5,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start(3);
    const events = isQuick ? 120_000 : 300_000;
    const warmUp = isQuick ? 40_000 : 100_000;
    const run = async (count: number): Promise<Measured> =>
      await rig.run('pipeline', {
        destinations: Array.from({ length: count }, (_, index) => ({ url: rig.urlOf(index), batchSize: BATCH_SIZE })),
        events,
        warmUp,
      });
    const results = await takeTurns(
      { rounds, progress },
      { one: () => run(1), two: () => run(2), three: () => run(3) },
    );
    const cpu = (name: keyof typeof results): number => median(results[name].map(({ cpuMicros }) => cpuMicros));
    const added = {
      one: Number.NaN,
      two: (cpu('two') - cpu('one')) / cpu('one'),
      three: (cpu('three') - cpu('two')) / cpu('one'),
    };
    const each = (added.two + added.three) / 2;
    return {
      tables: [
        {
          title: `Datadog destinations, batches of 1,000, ${events.toLocaleString('en')} events, ${rounds} rounds`,
          head: ['destinations', 'processor µs an event', 'added, × the first', 'events/s'],
          rows: (['one', 'two', 'three'] as const).map((name) => [
            name,
            withSpread(results[name].map(({ cpuMicros }) => cpuMicros)),
            name === 'one' ? '' : round(added[name]),
            withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
          ]),
        },
      ],
      aims: [atMost('each further destination adds, × what the first costs', each, 0.6)],
      // Of two and three together: what one adds is a small difference of two noisy figures.
      ratios: [{ name: 'three destinations, × one', value: cpu('three') / cpu('one'), better: 'lower' }],
    };
  },
};
