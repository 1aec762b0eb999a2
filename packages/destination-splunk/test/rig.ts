import { readFileSync } from 'node:fs';
import type { GrantexEvent, Logger } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { SplunkDestination, type SplunkOptions } from '../src/index.js';
import { TOKEN, type HecReceiver } from './hec-receiver.js';

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

export function eventsOf(count: number): GrantexEvent[] {
  return makeEvents(count) as unknown as GrantexEvent[];
}

export function idsOf(events: readonly GrantexEvent[]): string[] {
  return events.map(({ id }) => id);
}

/** Remembers the lines of a destination that works alone. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

export function destinationFor({ http }: HecReceiver, options: Partial<SplunkOptions> = {}): SplunkDestination {
  return new SplunkDestination({
    hecUrl: http.url,
    hecToken: TOKEN,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    logger: recordingLogger(),
    ...options,
  });
}

/** Sends the events and waits until they are settled. */
export async function deliver(destination: SplunkDestination, events: readonly GrantexEvent[]): Promise<void> {
  await destination.send(events);
  await destination.flush();
}
