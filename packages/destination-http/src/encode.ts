import type { GrantexEvent } from '@grantex/core';
import { toCloudEvent } from './cloud-events.js';

/** How events lie in the body of a request. */
export const FORMATS = ['array', 'ndjson', 'event', 'cloudevents-batch'] as const;
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

/** The body of a request. */
export function encodeBody(records: readonly string[], format: Format): string {
  switch (format) {
    case 'ndjson':
      return `${records.join('\n')}\n`;
    case 'event':
      return records.join('');
    case 'array':
    case 'cloudevents-batch':
      return `[${records.join(',')}]`;
  }
}
