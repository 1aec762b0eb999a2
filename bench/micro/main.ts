/** What single parts take, without network and processes: to see which one moved when a whole did. */
import { readSources } from '../harness/read-sources.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { round, type Table } from '../harness/report.ts';
import { timeTasks, type Task } from '../harness/time-tasks.ts';
import { withJournals } from './journals.ts';

export const benchmark: Benchmark = {
  rounds: 1,
  async run({ isQuick, progress }) {
    readSources();
    // Only now can they be imported.
    const { parsing } = await import('./parsing.ts');
    const { encoders } = await import('./encoders.ts');
    const { batchFitting } = await import('./batch-fitting.ts');
    const tables: Table[] = [];
    const measure = async (title: string, tasks: readonly Task[]): Promise<void> => {
      progress(title);
      const timed = await timeTasks(tasks, isQuick ? { warmUpMs: 100, ms: 200 } : { warmUpMs: 500, ms: 2_000 });
      tables.push({
        title,
        head: ['', 'µs an event', 'p99', 'calls'],
        rows: timed.map(({ name, p50, p99, calls }) => [name, round(p50 / 1_000), round(p99 / 1_000), String(calls)]),
      });
    };
    await measure('Parsing', parsing);
    await measure('Encoders', encoders);
    await measure('Batch fitting', batchFitting);
    await withJournals(async (journals) => await measure('Journals', journals));
    return { tables, aims: [], ratios: [] };
  },
};
