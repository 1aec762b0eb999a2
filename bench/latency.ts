/** From an event's leaving the server to the receiver's having read its request: p50 and p99, below full speed. */
import type { Benchmark } from './harness/benchmark.ts';
import { atMost, withSpread, type Aim, type Table } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median, quantile } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';

const BATCH_SIZE = 100;
const FLUSH_INTERVAL_MS = 1_000;
/** Batches that wait for their flush interval are late by a timer and a request. */
const ALLOWED_MS = 25;

interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export const benchmark: Benchmark = {
  rounds: 3,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const tables: Table[] = [];
    const aims: Aim[] = [];
    for (const perSecond of [2_000, 20]) {
      const seconds = isQuick ? 4 : 12;
      const warmUpSeconds = 2;
      const warmUp = perSecond * warmUpSeconds;
      const events = warmUp + perSecond * seconds;
      const run = async (program: 'floor' | 'pipeline', journal: 'memory' | 'disk' = 'memory'): Promise<Quantiles> => {
        const destinations = [{ url: rig.urlOf(), batchSize: BATCH_SIZE, flushIntervalMs: FLUSH_INTERVAL_MS }];
        await rig.run(
          program,
          { destinations, events, warmUp, journal },
          { perSecond, bearsMoment: true, receivers: [{ watches: 'latencies' }] },
        );
        const { latencies } = await rig.received();
        if (latencies.length < events) throw new Error(`${latencies.length} of ${events} events came`);
        const measured = latencies.slice(warmUp);
        return { p50: quantile(measured, 0.5), p99: quantile(measured, 0.99) };
      };
      const results = await takeTurns(
        { rounds, progress: (text) => progress(`${perSecond}/s, ${text}`) },
        {
          floor: () => run('floor'),
          'memory journal': () => run('pipeline'),
          'disk journal': () => run('pipeline', 'disk'),
        },
      );
      const names = Object.keys(results) as (keyof typeof results)[];
      const p99 = (name: keyof typeof results): number => median(results[name].map((quantiles) => quantiles.p99));
      tables.push({
        title: `${perSecond.toLocaleString('en')} events/s for ${seconds} s, batches of ${BATCH_SIZE}, flush interval ${FLUSH_INTERVAL_MS} ms, ${rounds} rounds`,
        head: ['', 'p50 ms', 'p99 ms'],
        rows: names.map((name) => [
          name,
          withSpread(results[name].map(({ p50 }) => p50)),
          withSpread(results[name].map((quantiles) => quantiles.p99)),
        ]),
      });
      aims.push(
        perSecond === 2_000
          ? atMost("2,000/s: p99, × the floor's", p99('memory journal') / p99('floor'), 2)
          : atMost(`${perSecond}/s: p99, ms`, p99('memory journal'), FLUSH_INTERVAL_MS + ALLOWED_MS),
      );
    }
    return { tables, aims, ratios: [] };
  },
};
