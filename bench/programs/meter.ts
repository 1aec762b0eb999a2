import { median } from '../harness/statistics.ts';
import type { Measured, Settings } from './settings.ts';
import { tell } from './tell.ts';

/**
 * Is told how many events are delivered; measures from the end of the warm-up, when nothing is under way and the stream
 * goes on, to the last one, and reports.
 */
export class Meter {
  readonly #settings: Settings;
  readonly #memory: { delivered: number; megabytes: number }[] = [];
  #cpu = process.cpuUsage();
  #thread = process.threadCpuUsage();
  #startedAt = 0;
  #startedWith: number | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    // The benchmark was ended: nobody waits for the rest.
    process.once('disconnect', () => process.exit(1));
  }

  /** @returns whether everything is delivered. */
  note(delivered: number): boolean {
    const { events, warmUp, samplesMemory = false } = this.#settings;
    if (this.#startedWith === undefined && delivered >= warmUp) {
      this.#startedWith = delivered;
      this.#cpu = process.cpuUsage();
      this.#thread = process.threadCpuUsage();
      this.#startedAt = performance.now();
      process.send?.('warm');
    }
    if (samplesMemory) this.#memory.push({ delivered, megabytes: process.memoryUsage.rss() / 1e6 });
    return delivered >= events;
  }

  /** Tells the benchmark; resolves when it knows. */
  async report(amiss = 0): Promise<void> {
    const cpu = process.cpuUsage(this.#cpu);
    const thread = process.threadCpuUsage(this.#thread);
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const measured = this.#settings.events - (this.#startedWith ?? 0);
    const result: Measured = {
      cpuMicros: (cpu.user + cpu.system) / measured,
      mainThreadMicros: (thread.user + thread.system) / measured,
      eventsPerSecond: measured / seconds,
      peakMegabytes: (process.resourceUsage().maxRSS * 1_024) / 1e6,
      quarters: this.#quarters(),
      amiss,
    };
    await tell(result);
  }

  #quarters(): readonly [number, number] | undefined {
    if (this.#memory.length === 0) return undefined;
    const { events } = this.#settings;
    const between = (from: number, to: number): number =>
      median(
        this.#memory.filter(({ delivered }) => delivered > from && delivered <= to).map(({ megabytes }) => megabytes),
      );
    return [between(0, events / 4), between((events * 3) / 4, events)];
  }
}
