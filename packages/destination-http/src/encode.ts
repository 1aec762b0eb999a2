import { joinBytes, type BodyFrame, type GrantexEvent } from '@grantex/core';
import { toCloudEvent } from './cloud-events.js';

/** How events lie in the body of a request. */
export const FORMATS = ['array', 'ndjson', 'event', 'cloudevents-batch'] as const;
/**
 * How events lie in the body of a request: one of `array`, `ndjson`, `event` (one event a request) and
 * `cloudevents-batch`.
 */
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  array: 'application/json',
  ndjson: 'application/x-ndjson',
  event: 'application/json',
  'cloudevents-batch': 'application/cloudevents-batch+json; charset=utf-8',
};

export interface EncodeOptions {
  readonly format: Format;
  /** The `source` of every CloudEvent. */
  readonly source: string;
}

/** One event as it lies in the body: its own text, or a CloudEvent made of it. */
export function encodeEvent(event: GrantexEvent, text: string, { format, source }: EncodeOptions): string {
  if (format === 'cloudevents-batch') return toCloudEvent(event, source);
  // Line breaks between the parts of a JSON text mean nothing, but they would end the line.
  return format === 'ndjson' ? text.replaceAll(/[\r\n]+/g, ' ') : text;
}

const ARRAY: BodyFrame = { before: '[', between: ',', after: ']' };

const FRAMES: Readonly<Record<Format, BodyFrame>> = {
  array: ARRAY,
  ndjson: { between: '\n', after: '\n' },
  event: { between: '' },
  'cloudevents-batch': ARRAY,
};

/** The body of a request. */
export function encodeBody(records: readonly string[], format: Format): Uint8Array {
  return joinBytes(records, FRAMES[format]);
}
