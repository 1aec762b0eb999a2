/** The speed of a destination while another one is slow, or never answers. */
import type { Benchmark } from './harness/benchmark.ts';
import { atLeast, round, withSpread } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';
import type { ReceiverOrder } from './programs/receiver.ts';
import type { Measured } from './programs/settings.ts';

const BATCH_SIZE = 1_000;

export const benchmark: Benchmark = {
  rounds: 5,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start(2);
    const events = isQuick ? 120_000 : 300_000;
    const warmUp = isQuick ? 40_000 : 100_000;
    const run = async (other?: ReceiverOrder['answer']): Promise<Measured> => {
      const destinations = Array.from({ length: other === undefined ? 1 : 2 }, (_, index) => ({
        url: rig.urlOf(index),
        batchSize: BATCH_SIZE,
      }));
      const receivers = other === undefined ? [] : [{}, { answer: other }];
      return await rig.run('pipeline', { destinations, events, warmUp }, { receivers });
    };
    const results = await takeTurns(
      { rounds, progress },
      {
        alone: () => run(),
        'beside one that answers after 200 ms': () => run(200),
        'beside one that never answers': () => run('never'),
      },
    );
    const names = Object.keys(results) as (keyof typeof results)[];
    const speed = (name: keyof typeof results): number =>
      median(results[name].map(({ eventsPerSecond }) => eventsPerSecond));
    const shares = names
      .filter((name) => name !== 'alone')
      .map((name) => ({ name: `${name}: events/s, × alone`, value: speed(name) / speed('alone') }));
    return {
      tables: [
        {
          title: `Datadog destination, batches of 1,000, ${events.toLocaleString('en')} events, ${rounds} rounds`,
          head: ['', 'events/s', '× alone', 'processor µs an event', 'peak MB'],
          rows: names.map((name) => [
            name,
            withSpread(results[name].map(({ eventsPerSecond }) => eventsPerSecond)),
            round(speed(name) / speed('alone')),
            withSpread(results[name].map(({ cpuMicros }) => cpuMicros)),
            round(median(results[name].map(({ peakMegabytes }) => peakMegabytes))),
          ]),
        },
      ],
      aims: shares.map(({ name, value }) => atLeast(name, value, 0.95)),
      ratios: shares.map(({ name, value }) => ({ name, value, better: 'higher' })),
    };
  },
};
