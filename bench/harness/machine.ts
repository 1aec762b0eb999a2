import { availableParallelism, cpus, loadavg } from 'node:os';

/** One line about where the figures come from, and how busy it was. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const [load = 0] = loadavg();
  return `${availableParallelism()} × ${model}, Node ${process.versions.node}, load ${load.toFixed(1)} at the end`;
}
