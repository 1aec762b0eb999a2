import { joinBytes, type GrantexEvent } from '@grantex/core';

/** How objects are laid into folders. */
export const PARTITIONINGS = ['day', 'hour'] as const;
/** How objects are laid into folders, in UTC. */
export type Partitioning = (typeof PARTITIONINGS)[number];

/** RFC 3339: a time without a zone would mean another day on another machine. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Hive's own name for the folder of what has no value. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** One line. Line breaks between the parts of a JSON text mean nothing, but they would end it. */
export function encodeEvent(text: string): string {
  return text.replaceAll(/[\r\n]+/g, ' ');
}

/** The content of an object: every line is ended, the last one too, so that objects can be put together. */
export function encodeBody(lines: readonly string[]): Uint8Array {
  return joinBytes(lines, { between: '\n', after: '\n' });
}

/** The folders of an event, as Athena, Glue and Spark read them: by the UTC day, or hour, of `createdAt`. */
export function partitionOf({ createdAt }: GrantexEvent, partitioning: Partitioning): string {
  const date = TIMESTAMP.test(createdAt) ? new Date(createdAt) : new Date(Number.NaN);
  const text = Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  const day = `dt=${text?.slice(0, 10) ?? NO_VALUE}/`;
  return partitioning === 'day' ? day : `${day}hour=${text?.slice(11, 13) ?? NO_VALUE}/`;
}
