import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BigQuery } from '@google-cloud/bigquery';
import type { GrantexEvent, Logger } from '@grantex/core';
import { HttpReceiver, makeEvents, type Answer, type ReceivedRequest } from '@grantex/testing';
import { BigQueryDestination, type BigQueryOptions } from '../src/index.js';

function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export function fixture(name: string): string {
  return readFileSync(fixturePath(name), 'utf8');
}

export const TOKEN = 'ya29.a-token-of-google';
export const TABLE = { projectId: 'acme-audit', datasetId: 'grantex', tableId: 'events' } as const;
export const TABLE_PATH = 'projects/acme-audit/datasets/grantex/tables/events';
export const REST_PATH = '/bigquery/v2/projects/acme-audit/datasets/grantex/tables';

/** Like a key file; nothing can be signed with it. */
export const CREDENTIALS = {
  client_email: 'forwarder@acme-audit.iam.gserviceaccount.com',
  private_key: `-----BEGIN PRIVATE KEY-----\n${'c2VjcmV0LWtleQ'.repeat(4)}\n-----END PRIVATE KEY-----\n`,
};

export function eventsOf(count: number): GrantexEvent[] {
  return makeEvents(count) as unknown as GrantexEvent[];
}

export function idsOf(events: readonly GrantexEvent[]): string[] {
  return events.map(({ id }) => id);
}

interface InsertBody {
  readonly rows: readonly { readonly insertId: string; readonly json: Readonly<Record<string, unknown>> }[];
}

export function rowsIn({ body }: ReceivedRequest): InsertBody['rows'] {
  return (JSON.parse(body.toString()) as InsertBody).rows;
}

export function idsIn(request: ReceivedRequest): string[] {
  return request.path.endsWith('/insertAll') ? rowsIn(request).map(({ insertId }) => insertId) : [];
}

export const INSERTED: Answer = jsonAnswer(200, fixture('inserted-200.json'));
export const THE_TABLE: Answer = jsonAnswer(200, fixture('table-200.json'));

export function jsonAnswer(status: number, body: string): Answer {
  return { status, body, headers: { 'content-type': 'application/json; charset=UTF-8' } };
}

/** What BigQuery answers when all is well. */
export function healthy({ method }: ReceivedRequest): Answer {
  return method === 'GET' ? THE_TABLE : INSERTED;
}

export async function receive(options: Parameters<typeof HttpReceiver.start>[0] = {}): Promise<HttpReceiver> {
  return HttpReceiver.start({ parse: idsIn, answer: healthy, ...options });
}

/** A client of Google's library that has a token already. */
export function clientWith(
  apiEndpoint: string,
  getRequestHeaders: () => Promise<unknown> = async () => new Headers({ authorization: `Bearer ${TOKEN}` }),
): BigQuery {
  return new BigQuery({ projectId: TABLE.projectId, apiEndpoint, authClient: { getRequestHeaders } as never });
}

/** Remembers the lines of a destination that works alone. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string, fields?: object) =>
    void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

export const QUICK = { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 };

export function destinationFor(receiver: HttpReceiver, options: Partial<BigQueryOptions> = {}): BigQueryDestination {
  return new BigQueryDestination({
    ...TABLE,
    client: clientWith(receiver.url),
    retry: QUICK,
    logger: recordingLogger(),
    ...options,
  });
}

/** Sends the events and waits until they are settled. */
export async function deliver(destination: BigQueryDestination, events: readonly GrantexEvent[]): Promise<void> {
  await destination.send(events);
  await destination.flush();
}
