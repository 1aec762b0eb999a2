import { joinBytes, type GrantexEvent } from '@grantex/core';

export interface EncodeOptions {
  /** The `source` of every event. */
  readonly source: string;
}

/** One event as it lies in Acme: the fields that it is searched by, and the event's own text. */
export function encodeEvent({ id, type, createdAt }: GrantexEvent, text: string, { source }: EncodeOptions): string {
  const fields = JSON.stringify({ id, type, time: createdAt, source });
  // The text goes in as it came: written anew, a number such as 12345678901234567890 would be another one.
  return `${fields.slice(0, -1)},"event":${text}}`;
}

/** The body of a request: a JSON array. */
export function encodeBody(records: readonly string[]): Uint8Array {
  return joinBytes(records, { before: '[', between: ',', after: ']' });
}
