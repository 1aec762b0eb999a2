/** Every benchmark: its file, what it tells, and whether `--check` runs it in its quick form. */
export const BENCHMARKS = {
  throughput: {
    file: './throughput.ts',
    about: 'processor time an event and events/s, beside the floor and the naive way',
    isChecked: true,
  },
  'further-destinations': {
    file: './further-destinations.ts',
    about: 'what a second and a third destination add',
    isChecked: true,
  },
  compression: { file: './compression.ts', about: "gzip and the main thread's time", isChecked: true },
  concurrency: { file: './concurrency.ts', about: 'events/s with a receiver that takes 20 ms', isChecked: true },
  isolation: { file: './isolation.ts', about: 'a destination beside one that is slow or dead', isChecked: true },
  latency: { file: './latency.ts', about: 'from the event server to the receiver, p50 and p99', isChecked: false },
  memory: { file: './memory.ts', about: 'peak memory and growth over two million events', isChecked: false },
  benthos: {
    file: './benthos.ts',
    about: 'events a processor second, beside Redpanda Benthos (needs Go)',
    isChecked: false,
  },
  'import-time': { file: './import-time.ts', about: 'what importing core and a destination takes', isChecked: true },
  micro: { file: './micro/main.ts', about: 'parsing, encoders, batch fitting, journals', isChecked: false },
} as const;

export type BenchmarkName = keyof typeof BENCHMARKS;
