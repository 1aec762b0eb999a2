import type { GrantexEvent } from '@grantex/core';
import { cloudEventAttributes, firstText } from './cloud-events.js';

/** How events lie in a message: as they came, or as CloudEvents in one of the two modes of their Kafka binding. */
export const FORMATS = ['event', 'cloudevents', 'cloudevents-binary'] as const;
/** How events lie in a message: as they came, or as CloudEvents, structured (`cloudevents`) or binary. */
export type Format = (typeof FORMATS)[number];

/** A message. Its fields have the names and types that the libraries take, so that it can be handed on as it is. */
export interface KafkaRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Unix epoch, milliseconds, in digits. */
  readonly timestamp: string;
  /** Its size in a batch of records at most, before compression. */
  readonly bytes: number;
}

export interface EncodeOptions {
  readonly key: readonly string[];
  readonly format: Format;
  readonly source: string;
}

/** Lengths, deltas and attributes of a record in a batch, at most: `DefaultRecord.MAX_RECORD_OVERHEAD` of Kafka. */
const RECORD_OVERHEAD = 21;
/** The two lengths of a header, at most. */
const HEADER_OVERHEAD = 10;

/** `now`: Unix epoch, milliseconds. */
export function encodeEvent(event: GrantexEvent, text: string, now: number, options: EncodeOptions): KafkaRecord {
  const key = firstText(event.data, options.key) ?? event.id;
  const { value, headers } = contentOf(event, text, options);
  const all = { 'event-type': event.type, 'event-id': event.id, ...headers };
  return { key, value, headers: all, timestamp: timestampOf(event, now), bytes: sizeOf(key, value, all) };
}

function contentOf(
  event: GrantexEvent,
  text: string,
  { format, source }: EncodeOptions,
): Pick<KafkaRecord, 'value' | 'headers'> {
  if (format === 'event') return { value: text, headers: {} };
  const attributes = cloudEventAttributes(event, source);
  const { data } = event;
  if (format === 'cloudevents') {
    const value = JSON.stringify({ ...attributes, datacontenttype: 'application/json', data });
    return { value, headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' } };
  }
  const named = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]);
  return {
    value: JSON.stringify(data),
    headers: { ...Object.fromEntries(named), 'content-type': 'application/json' } as Record<string, string>,
  };
}

/** Brokers refuse times that are more than an hour ahead (`message.timestamp.after.max.ms`), so none is ahead at all. */
function timestampOf({ createdAt }: GrantexEvent, now: number): string {
  const time = Date.parse(createdAt);
  return String(Number.isNaN(time) || time < 0 ? now : Math.min(time, now));
}

function sizeOf(key: string, value: string, headers: Readonly<Record<string, string>>): number {
  let bytes = RECORD_OVERHEAD + Buffer.byteLength(key) + Buffer.byteLength(value);
  for (const [name, text] of Object.entries(headers)) {
    bytes += HEADER_OVERHEAD + Buffer.byteLength(name) + Buffer.byteLength(text);
  }
  return bytes;
}
