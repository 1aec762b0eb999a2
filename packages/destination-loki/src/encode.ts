import { DestinationError, joinBytes, type GrantexEvent } from '@grantex/core';
import type { Labels } from './labels.js';

/** One event as an entry of a stream. */
export interface LokiEntry {
  /** `["<nanoseconds>","<line>",{<metadata>}]` */
  readonly json: string;
  /** UTF-8 bytes of `json`. */
  readonly bytes: number;
  /** Unix epoch, milliseconds. */
  readonly time: number;
}

/**
 * `max_line_size` of Loki. A longer line is refused, or, where the operator has set `max_line_size_truncate`, cut off with
 * a 204: so it is not sent.
 */
export const MAX_LINE_BYTES = 262_144;

/** Loki takes 64 KiB of metadata for a line. An id is short; whatever is longer is in the line all the same. */
const MAX_METADATA_BYTES = 2_048;

/** Ids that an event's data may have, by their names in the structured metadata. */
const IDS = {
  grant_id: 'grantId',
  agent_id: 'agentId',
  principal_id: 'principalId',
  developer_id: 'developerId',
} as const;

/**
 * The entry of an event. Pure: the same event has the same time, line and metadata whenever it is sent, so that Loki takes a
 * repeat for what it is. `structuredMetadata` false: time and line only.
 */
export function encodeEvent(event: GrantexEvent, text: string, structuredMetadata: boolean): LokiEntry {
  const time = Date.parse(event.createdAt);
  if (Number.isNaN(time)) {
    throw new DestinationError('DEST_REJECTED', 'createdAt is no date, and Loki stores no line without one');
  }
  const lineBytes = Buffer.byteLength(text);
  if (lineBytes > MAX_LINE_BYTES) {
    const message = `the event has ${lineBytes} bytes; Loki takes lines of ${MAX_LINE_BYTES} bytes at most (max_line_size)`;
    throw new DestinationError('DEST_TOO_LARGE', message);
  }
  const metadata = structuredMetadata ? `,${JSON.stringify(metadataOf(event))}` : '';
  const json = `["${nanoseconds(time)}",${JSON.stringify(text)}${metadata}]`;
  return { json, bytes: Buffer.byteLength(json), time };
}

/** The text around the entries: all of them are in one stream, because of several Loki tells about the last one only. */
export function encodeFrame(labels: Labels): { readonly head: string; readonly tail: string } {
  return { head: `{"streams":[{"stream":${JSON.stringify(labels)},"values":[`, tail: ']}]}' };
}

/** The body of a push, the oldest entry first: behind a newer one Loki takes nothing that is more than an hour older. */
export function encodePush(labels: Labels, entries: readonly LokiEntry[]): Uint8Array {
  const { head: before, tail: after } = encodeFrame(labels);
  const inOrder = entries.toSorted((one, other) => one.time - other.time);
  return joinBytes(
    inOrder.map(({ json }) => json),
    { before, between: ',', after },
  );
}

/** As text and not as a number: 2^53 nanoseconds are over since April 1970. */
function nanoseconds(ms: number): string {
  return String(BigInt(ms) * 1_000_000n);
}

function metadataOf(event: GrantexEvent): Record<string, string> {
  const data = event.data as Readonly<Record<string, unknown>>;
  const all = Object.entries({
    event_type: event.type,
    event_id: event.id,
    ...Object.fromEntries(Object.entries(IDS).map(([name, field]) => [name, data[field]])),
  });
  return Object.fromEntries(all.filter((pair): pair is [string, string] => isMetadata(pair[1])));
}

function isMetadata(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_METADATA_BYTES;
}
