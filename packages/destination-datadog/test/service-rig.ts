import { randomUUID } from 'node:crypto';
import { EventServer } from '@grantex/testing';
import { expect } from 'vitest';
import { QUICK, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { storedLogs, type StoredLog } from '../../../tools/services/victorialogs.js';
import type { DatadogDestination, DatadogOptions } from '../src/index.js';

/** A key of the right form. nginx does not know it, and VictoriaLogs does not ask for one. */
export const UNKNOWN_KEY = 'ffffffffffffffffffffffffffffffff';

/** Options that a rig's destination has to have. */
type RigOptions = Required<Pick<DatadogOptions, 'service' | 'retry' | 'flushIntervalMs'>>;

/** A rig whose service is VictoriaLogs' intake for Datadog logs. */
export class DatadogRig extends ServiceRig<DatadogDestination> {
  /** The `service` of the logs: each run reads back only what it has sent. */
  readonly service: string;

  private constructor(server: EventServer, destination: DatadogDestination, service: string) {
    super(server, { destination });
    this.service = service;
  }

  static async open(makeDestination: (options: RigOptions) => DatadogDestination): Promise<DatadogRig> {
    const service = `test-${randomUUID()}`;
    const rig = new DatadogRig(await EventServer.start(), makeDestination({ ...QUICK, service }), service);
    await rig.hear();
    return rig;
  }

  /** What the log service has of this run, in the order of time. */
  stored(): Promise<StoredLog[]> {
    return storedLogs(this.service);
  }
}

export function eventIdOf({ fields }: StoredLog): string {
  return fields['grantex.event_id'] ?? 'without an id';
}

/** Sorted; an event that was stored twice is there twice. */
export function storedIds(rows: readonly StoredLog[]): string[] {
  return rows.map(eventIdOf).toSorted();
}

/** Lines for people: no HTML, no line ends, and none of the keys. */
export function expectCleanLines(lines: readonly string[], ...keys: readonly string[]): void {
  for (const line of lines) {
    expect(line).not.toMatch(/[<>\n]/);
    for (const key of keys) expect(line).not.toContain(key);
  }
}
