/** What a competitor is told, as JSON in its first argument. */
export interface Settings {
  readonly streamUrl: string;
  readonly streamKey: string;
  /** The first one is measured. The floor and the naive way know one only. */
  readonly destinations: readonly DestinationSettings[];
  readonly journal?: 'memory' | 'disk';
  /** All that the stream brings. */
  readonly events: number;
  /** So many of them are delivered before the measurement begins. */
  readonly warmUp: number;
  /** Resident memory is noted all the time. */
  readonly samplesMemory?: boolean;
}

export interface DestinationSettings {
  readonly url: string;
  readonly batchSize: number;
  /** @defaultValue 'datadog' */
  readonly type?: 'datadog' | 'http';
  /** @defaultValue 'none' */
  readonly compression?: 'gzip' | 'none';
  /** @defaultValue 1 */
  readonly concurrency?: number;
  /** @defaultValue 1_000 */
  readonly flushIntervalMs?: number;
}

/** What a competitor tells when it has delivered everything. */
export interface Measured {
  /** Processor time of the whole process, microseconds an event. */
  readonly cpuMicros: number;
  /** Of that the main thread's. */
  readonly mainThreadMicros: number;
  readonly eventsPerSecond: number;
  /** Peak resident memory, megabytes, from the start of the process on. */
  readonly peakMegabytes: number;
  /** Resident memory, megabytes, medians of the first and the last quarter of the events. */
  readonly quarters: readonly [number, number] | undefined;
  /** Events that the measured destination was not given, or that were sent again: a run with any is not counted. */
  readonly amiss: number;
}

export function readSettings(): Settings {
  const [text] = process.argv.slice(2);
  if (text === undefined) throw new Error('started by a benchmark, with the settings as JSON');
  return JSON.parse(text) as Settings;
}
