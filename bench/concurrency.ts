/** Events a second when the receiver answers after 20 ms and four requests may be in flight. */
import type { Benchmark } from './harness/benchmark.ts';
import { atLeast, round, withSpread, type Aim, type Ratio } from './harness/report.ts';
import { Rig } from './harness/rig.ts';
import { median } from './harness/statistics.ts';
import { takeTurns } from './harness/take-turns.ts';

const LATENCY_MS = 20;
const CONCURRENCY = 4;
const BATCH_SIZES = [50, 100, 1_000] as const;

interface Result {
  readonly eventsPerSecond: number;
  readonly answerMs: number;
}

export const benchmark: Benchmark = {
  rounds: 3,
  async run({ rounds, isQuick, progress }) {
    using rig = await Rig.start();
    const rows: string[][] = [];
    const aims: Aim[] = [];
    const ratios: Ratio[] = [];
    for (const batchSize of BATCH_SIZES) {
      const limitAt = (latencyMs: number): number => (batchSize * CONCURRENCY) / (latencyMs / 1_000);
      // What lasts as long with every size; the warm-up is not limited by the latency of small batches.
      const warmUp = isQuick ? 20_000 : 50_000;
      const events = warmUp + Math.min(limitAt(LATENCY_MS) * (isQuick ? 2 : 4), isQuick ? 100_000 : 300_000);
      const run = async (answer: number): Promise<Result> => {
        const { eventsPerSecond } = await rig.run(
          'pipeline',
          { destinations: [{ url: rig.urlOf(), batchSize, concurrency: CONCURRENCY }], events, warmUp },
          { receivers: [{ answer }] },
        );
        const { answerMs } = await rig.received();
        return { eventsPerSecond, answerMs };
      };
      const results = await takeTurns(
        { rounds, progress: (text) => progress(`batch ${batchSize}, ${text}`) },
        { 'after 20 ms': () => run(LATENCY_MS), 'at once': () => run(0) },
      );
      const speed = (name: keyof typeof results): number =>
        median(results[name].map(({ eventsPerSecond }) => eventsPerSecond));
      // A timer fires late, so the latency is taken as it was.
      const answerMs = median(results['after 20 ms'].map((result) => result.answerMs));
      const ideal = limitAt(answerMs);
      const limit = Math.min(ideal, speed('at once'));
      const share = speed('after 20 ms') / limit;
      rows.push([
        String(batchSize),
        round(answerMs),
        round(ideal),
        withSpread(results['after 20 ms'].map(({ eventsPerSecond }) => eventsPerSecond)),
        withSpread(results['at once'].map(({ eventsPerSecond }) => eventsPerSecond)),
        round(share),
      ]);
      const limitedBy = limit === ideal ? 'batch × concurrency ÷ latency' : 'its speed without latency';
      aims.push(atLeast(`batch ${batchSize}: events/s, × ${limitedBy}`, share, 0.9));
      ratios.push({ name: `batch ${batchSize}: events/s, × the limit`, value: share, better: 'higher' });
    }
    return {
      tables: [
        {
          title: `Receiver that answers after ${LATENCY_MS} ms, concurrency ${CONCURRENCY}, ${rounds} rounds`,
          head: [
            'batch',
            'answered after ms',
            'batch × concurrency ÷ latency',
            'events/s',
            'events/s when answered at once',
            '× the limit',
          ],
          rows,
        },
      ],
      aims,
      ratios,
    };
  },
};
