import type { GrantexEvent } from '@grantex/core';

/** RFC 3339, as `time` has to be. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Ids that an event's data may have; the first that it has is what the event is about. */
const SUBJECTS = ['grantId', 'agentId', 'principalId'];

export interface CloudEventAttributes {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  readonly time?: string;
}

/** The attributes of a CloudEvent 1.0 (cloudevents.io). `source` and `id` together are unique, so repeats can be told by them. */
export function cloudEventAttributes(
  { id, type, createdAt, data }: GrantexEvent,
  source: string,
): CloudEventAttributes {
  const subject = firstText(data, SUBJECTS);
  return {
    specversion: '1.0',
    id,
    source,
    type: `dev.grantex.${type}`,
    ...(subject !== undefined && { subject }),
    ...(TIMESTAMP.test(createdAt) && !Number.isNaN(Date.parse(createdAt)) && { time: createdAt }),
  };
}

/** The first of these fields that holds a text which is not empty. */
export function firstText(data: object, names: readonly string[]): string | undefined {
  const fields = data as Readonly<Record<string, unknown>>;
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}
