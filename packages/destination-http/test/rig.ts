import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GrantexEvent, Logger } from '@grantex/core';
import { HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { HttpDestination, type HttpOptions } from '../src/index.js';

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export function fixture(name: string): string {
  return readFileSync(fixturePath(name), 'utf8');
}

export const SERVER = { key: fixture('server.key.pem'), cert: fixture('server.cert.pem') };

export function eventsOf(count: number): GrantexEvent[] {
  return makeEvents(count) as unknown as GrantexEvent[];
}

export function idsOf(events: readonly GrantexEvent[]): string[] {
  return events.map(({ id }) => id);
}

/** The ids of the events in a JSON array, in lines, or in a single event. */
export function idsIn({ body }: ReceivedRequest): string[] {
  const text = body.toString();
  const json = text.startsWith('[') ? text : `[${text.trimEnd().replaceAll('\n', ',')}]`;
  return (JSON.parse(json) as { id: string }[]).map(({ id }) => id);
}

export async function receive(options: Parameters<typeof HttpReceiver.start>[0] = {}): Promise<HttpReceiver> {
  return HttpReceiver.start({ parse: idsIn, ...options });
}

/** Remembers the lines of a destination that works alone. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

export function destinationFor(receiver: HttpReceiver, options: Partial<HttpOptions> = {}): HttpDestination {
  return new HttpDestination({
    url: `${receiver.url}/hooks/grantex?env=test`,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    logger: recordingLogger(),
    ...options,
  });
}

/** Sends the events and waits until they are settled. */
export async function deliver(destination: HttpDestination, events: readonly GrantexEvent[]): Promise<void> {
  await destination.send(events);
  await destination.flush();
}
