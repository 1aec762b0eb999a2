import { randomUUID } from 'node:crypto';
import { EventSource, type DeliveryStats, type LogFields, type Logger } from '@grantex/core';
import { EventServer, makeEvents, type TestEvent } from '@grantex/testing';
import { expect, vi } from 'vitest';
import { start, stop } from '../../../tools/services/server.js';
import { storedLogs, type StoredLog } from '../../../tools/services/victorialogs.js';
import { DatadogDestination, type DatadogOptions } from '../src/index.js';

/** A key of the right form. nginx does not know it, and VictoriaLogs does not ask for one. */
export const UNKNOWN_KEY = 'ffffffffffffffffffffffffffffffff';

/** Options that a rig's destination has to have. The retries are quick, because the tests wait for real. */
type RigOptions = Required<Pick<DatadogOptions, 'service' | 'retry' | 'flushIntervalMs'>>;

/** An event server and a source, for a real log service. Everything is closed at the end of the block. */
export class ServiceRig<Destination extends DatadogDestination> implements AsyncDisposable {
  /** Every line that was logged, fields included. */
  readonly lines: string[] = [];
  readonly source: EventSource;
  readonly destination: Destination;
  /** The `service` of the logs: each run reads back only what it has sent. */
  readonly service = `test-${randomUUID()}`;
  readonly #server: EventServer;

  private constructor(server: EventServer, makeDestination: (options: RigOptions) => Destination) {
    this.#server = server;
    this.source = new EventSource({ url: server.url, apiKey: server.key, logger: this.#logger() });
    this.destination = makeDestination({
      service: this.service,
      retry: { initialMs: 10, maxMs: 100, holdMs: 50, maxHoldMs: 200 },
      flushIntervalMs: 100,
    });
    this.source.addDestination(this.destination);
  }

  /** Resolves when what is published goes to the destination. */
  static async start<Destination extends DatadogDestination>(
    makeDestination: (options: RigOptions) => Destination,
  ): Promise<ServiceRig<Destination>> {
    const rig = new ServiceRig(await EventServer.start(), makeDestination);
    rig.source.start().catch((error: unknown) => rig.lines.push(`error: ${String(error)}`));
    await rig.#server.subscribed();
    return rig;
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

  /** What the log service has of this run, in the order of time. */
  stored(): Promise<StoredLog[]> {
    return storedLogs(this.service);
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

/** Events of the last minutes: a log service keeps old ones under another date. */
export function recentEvents(count: number): TestEvent[] {
  return makeEvents(count, { startTime: Date.now() - 120_000 });
}

/** Sorted, for comparison with what was stored. */
export function idsOf(events: readonly TestEvent[]): string[] {
  return events.map(({ id }) => id).toSorted();
}

export function eventIdOf({ fields }: StoredLog): string {
  return fields['grantex.event_id'] ?? 'without an id';
}

/** Sorted; an event that was stored twice is there twice. */
export function storedIds(rows: readonly StoredLog[]): string[] {
  return rows.map(eventIdOf).toSorted();
}

/** Waits until the condition holds; rejects after 30 s. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 10 });
}

/** Lines for people: no HTML, no line ends, and none of the keys. */
export function expectCleanLines(lines: readonly string[], ...keys: readonly string[]): void {
  for (const line of lines) {
    expect(line).not.toMatch(/[<>\n]/);
    for (const key of keys) expect(line).not.toContain(key);
  }
}

/** Runs something while VictoriaLogs is down, and starts it again. Its data stay. */
export async function withoutVictoriaLogs(meanwhile: () => Promise<void>): Promise<void> {
  await stop('victorialogs', 'stop', () => {});
  try {
    await meanwhile();
  } finally {
    await startVictoriaLogs();
  }
}

async function startVictoriaLogs(): Promise<void> {
  const progress: string[] = [];
  const { kind } = await start('victorialogs', (line) => progress.push(line));
  if (kind !== 'ready') throw new Error(`VictoriaLogs did not come back: ${progress.join('; ')}`);
}
