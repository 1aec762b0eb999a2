import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { GrantexEvent, Logger } from '@grantex/core';
import { HttpReceiver, makeEvents, type ReceivedRequest, type TestEvent } from '@grantex/testing';
import { LokiDestination, type LokiOptions } from '../src/index.js';

export const USERNAME = '123456';
export const PASSWORD = 'glc_a-token-for-logs-write';

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

/** `2026-03-01T12:00:00Z` and later, unless another time is given. */
export function eventsOf(count: number, startTime?: number): GrantexEvent[] {
  return asEvents(makeEvents(count, startTime === undefined ? {} : { startTime }));
}

export function asEvents(events: readonly TestEvent[]): GrantexEvent[] {
  return events as unknown as GrantexEvent[];
}

export function idsOf(events: readonly { readonly id: string }[]): string[] {
  return events.map(({ id }) => id);
}

export interface Push {
  readonly streams: readonly {
    readonly stream: Readonly<Record<string, string>>;
    readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>?])[];
  }[];
}

export function pushIn({ body }: Pick<ReceivedRequest, 'body'>): Push {
  return JSON.parse(body.toString()) as Push;
}

/** The ids of the events in a push, in order. */
export function idsIn(request: Pick<ReceivedRequest, 'body'>): string[] {
  return pushIn(request).streams.flatMap(({ values }) =>
    values.map(([, line]) => (JSON.parse(line) as { id: string }).id),
  );
}

/** A receiver that stores what comes, as Loki does. */
export async function receive(options: Parameters<typeof HttpReceiver.start>[0] = {}): Promise<HttpReceiver> {
  return HttpReceiver.start({ parse: idsIn, answer: () => ({ status: 204 }), ...options });
}

export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

export function destinationFor(receiver: HttpReceiver, options: Partial<LokiOptions> = {}): LokiDestination {
  return new LokiDestination({
    url: receiver.url,
    username: USERNAME,
    password: PASSWORD,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    logger: recordingLogger(),
    ...options,
  });
}

/** Sends the events and waits until they are settled. */
export async function deliver(destination: LokiDestination, events: readonly GrantexEvent[]): Promise<void> {
  await destination.send(events);
  await destination.flush();
}

/** What `gzip` made. */
export function unzipped(bytes: Uint8Array): string {
  return gunzipSync(bytes).toString();
}
