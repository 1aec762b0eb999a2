/** What every process of a benchmark is told, as JSON in its first argument. */
export interface Settings {
  readonly streamUrl: string;
  readonly streamKey: string;
  readonly receiverUrl: string;
  readonly events: number;
  readonly batchSize: number;
  /** False: the floor leaves `JSON.parse` out, so that its cost in place is known. */
  readonly parses: boolean;
}

/** What a competitor prints when it has delivered everything. */
export interface Measured {
  /** Processor time between the first byte of the stream and the last answer, microseconds an event. */
  readonly cpuMicros: number;
  readonly eventsPerSecond: number;
  /** Peak resident memory, megabytes. */
  readonly peakMegabytes: number;
}

export function readSettings(): Settings {
  const [text] = process.argv.slice(2);
  if (text === undefined) throw new Error('started by main.ts, with the settings as JSON');
  return JSON.parse(text) as Settings;
}

/** Measures from `start` to `finish`, and prints the result for main.ts. */
export class Meter {
  readonly #events: number;
  #cpu = process.cpuUsage();
  #startedAt = performance.now();

  constructor(events: number) {
    this.#events = events;
  }

  start(): void {
    this.#cpu = process.cpuUsage();
    this.#startedAt = performance.now();
  }

  finish(): void {
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const measured: Measured = {
      cpuMicros: (user + system) / this.#events,
      eventsPerSecond: this.#events / seconds,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(`${JSON.stringify(measured)}\n`);
  }
}
