import type { GrantexEvent } from '@grantex/core';

/** RFC 3339, as `time` has to be. */
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Ids that an event's data may have; the first that it has is what the event is about. */
const SUBJECTS = ['grantId', 'agentId', 'principalId'];

/**
 * An event as a CloudEvent 1.0 (cloudevents.io) in JSON. `source` and `id` together are unique, and the same whenever the
 * event is sent again, so a receiver can drop repeats by them. `data` is the event's `data`, serialised anew.
 */
export function toCloudEvent({ id, type, createdAt, data }: GrantexEvent, source: string): string {
  const subject = SUBJECTS.map((name) => (data as Readonly<Record<string, unknown>>)[name]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: `dev.grantex.${type}`,
    // Left out when undefined: both are optional.
    subject,
    time: TIMESTAMP.test(createdAt) && !Number.isNaN(Date.parse(createdAt)) ? createdAt : undefined,
    datacontenttype: 'application/json',
    data,
  });
}
