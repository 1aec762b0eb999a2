import { joinBytes, type GrantexEvent } from '@grantex/core';

export interface EncodeOptions {
  readonly index: string;
  readonly source: string;
  readonly sourcetype: string;
  readonly host?: string;
}

export type Encode = (event: GrantexEvent, text: string) => string;

/** Ids that an event's data may have. */
interface Ids {
  readonly grantId?: unknown;
  readonly agentId?: unknown;
  readonly principalId?: unknown;
}

/**
 * Makes the function that puts an event into HEC's envelope, with its own text inside. Only the seven keys that HEC knows: an
 * event with another one, and all behind it, are answered 200 and not indexed.
 */
export function createEncoder({ index, source, sourcetype, host }: EncodeOptions): Encode {
  // What every event has. Without a host the key is left out.
  const metadata = JSON.stringify({ host, source, sourcetype, index }).slice(1, -1);
  return (event, text) => `{${timeOf(event)}${metadata},"fields":${fieldsOf(event)},"event":${text}}`;
}

/** The body of a request: envelopes one after the other, no array and no commas. */
export function encodeBody(records: readonly string[]): Uint8Array {
  return joinBytes(records, { between: '\n' });
}

/** Unix epoch in seconds, with the milliseconds as a fraction. Splunk dates an event without it by its receipt. */
function timeOf({ createdAt }: GrantexEvent): string {
  const time = Date.parse(createdAt);
  return Number.isNaN(time) ? '' : `"time":${time / 1000},`;
}

/** Indexed fields, under the names of Grantex's Splunk guide. Flat and of texts: anything else is refused with code 15. */
function fieldsOf({ id, type, data }: GrantexEvent): string {
  const { grantId, agentId, principalId } = data as Ids;
  return JSON.stringify({
    event_id: id,
    event_type: type,
    grant_id: textOr(grantId),
    agent_id: textOr(agentId),
    principal_id: textOr(principalId),
  });
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
