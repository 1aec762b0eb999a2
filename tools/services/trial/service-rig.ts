import {
  EventSource,
  type DeliveryStats,
  type EventDestination,
  type Journal,
  type LogFields,
  type Logger,
} from '@grantex/core';
import { EventServer, makeEvents, type TestEvent } from '@grantex/testing';
import { until } from './until.ts';

/** Options for a destination against a real service: the tests wait for real, so its retries and probes are quick. */
export const QUICK = {
  retry: { initialMs: 10, maxMs: 100, holdMs: 50, maxHoldMs: 200 },
  flushIntervalMs: 100,
} as const;

export interface ServiceRigOptions<Destination> {
  readonly destination: Destination;
  /** @defaultValue the source's own, in memory */
  readonly journal?: Journal;
}

/** An event server and a source, for a destination whose service is real. Everything is closed at the end of the block. */
export class ServiceRig<Destination extends EventDestination> implements AsyncDisposable {
  /** Every line that was logged, fields included. */
  readonly lines: string[] = [];
  readonly source: EventSource;
  readonly destination: Destination;
  readonly #server: EventServer;

  protected constructor(server: EventServer, { destination, journal }: ServiceRigOptions<Destination>) {
    this.#server = server;
    this.destination = destination;
    this.source = new EventSource({
      url: server.url,
      apiKey: server.key,
      logger: this.#logger(),
      ...(journal !== undefined && { journal }),
    });
    this.source.addDestination(destination);
  }

  /** Resolves when what is published goes to the destination. */
  static async start<Destination extends EventDestination>(
    options: ServiceRigOptions<Destination>,
  ): Promise<ServiceRig<Destination>> {
    const rig = new ServiceRig(await EventServer.start(), options);
    await rig.hear();
    return rig;
  }

  protected async hear(): Promise<void> {
    this.source.start().catch((error: unknown) => this.lines.push(`error: ${String(error)}`));
    await this.#server.subscribed();
  }

  publish(events: readonly TestEvent[]): void {
    this.#server.publish(events);
  }

  get stats(): DeliveryStats {
    const stats = this.source.stats().destinations[this.destination.name];
    if (stats === undefined) throw new Error('the source has no such destination');
    return stats;
  }

  /** Warnings and errors: what a person sees by default. */
  get loud(): string[] {
    return this.lines.filter((line) => /^(warn|error)/.test(line));
  }

  /** Resolves when so many events are settled. */
  async settled(count: number): Promise<void> {
    await until(() => this.stats.delivered + this.stats.deadLettered >= count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.stop({ deadlineMs: 100 });
    await this.#server.close();
  }

  #logger(): Logger {
    const record = (level: string) => (message: string, fields?: LogFields) =>
      void this.lines.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`);
    return { debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
  }
}

/** Events of the last minutes: many services keep old ones elsewhere, or not at all. */
export function recentEvents(count: number): TestEvent[] {
  return makeEvents(count, { startTime: Date.now() - 120_000 });
}

/** Sorted, for comparison with what was stored. */
export function idsOf(events: readonly TestEvent[]): string[] {
  return events.map(({ id }) => id).toSorted();
}
