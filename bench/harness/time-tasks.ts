import { Bench } from 'tinybench';

/** A piece of code that handles so many events in a call. */
export interface Task {
  readonly name: string;
  readonly events: number;
  run(): unknown;
}

export interface Timed {
  readonly name: string;
  /** Nanoseconds an event: median and 99th percentile of the calls. */
  readonly p50: number;
  readonly p99: number;
  readonly calls: number;
}

/** Calls each task for a while after a warm-up, the tasks one after the other. */
export async function timeTasks(
  tasks: readonly Task[],
  { warmUpMs, ms }: { warmUpMs: number; ms: number },
): Promise<readonly Timed[]> {
  const bench = new Bench({ time: ms, warmupTime: warmUpMs, throws: true });
  for (const task of tasks) bench.add(task.name, () => task.run());
  await bench.run();
  return tasks.map(({ name, events }) => {
    const result = bench.getTask(name)?.result;
    if (result === undefined || !('latency' in result)) throw new Error(`${name} was not timed`);
    const { p50, p99, samplesCount: calls } = result.latency;
    const nanoseconds = (milliseconds: number): number => (milliseconds * 1e6) / events;
    return { name, p50: nanoseconds(p50), p99: nanoseconds(p99), calls };
  });
}
