import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export interface Memory {
  /** Of this thread, after a collection: JavaScript's heap and the buffers outside of it. */
  readonly liveBytes: number;
  /** Of the whole process, with whatever the allocator keeps and the threads beside this one have. */
  readonly residentBytes: number;
}

export function measureMemory(): Memory {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { liveBytes: heapUsed + external, residentBytes: rss };
}
