import { DestinationError, EVENT_TYPES, joinBytes, type GrantexEvent } from '@grantex/core';

/** One log, ready to be put into a request. */
export interface LogRecord {
  readonly json: string;
  /** UTF-8 bytes of `json`. */
  readonly bytes: number;
  /** The date the log bears, Unix epoch in milliseconds. NaN: it bears none, and gets the time of its receipt. */
  readonly timestamp: number;
}

export interface EncodeOptions {
  readonly service: string;
  readonly source: string;
  readonly hostname: string;
  /** Put behind the event's own tag. */
  readonly tags: readonly string[];
  /** What becomes of an event whose date Datadog does not take. */
  readonly lateEvents: 'send' | 'dead-letter';
}

export type Encode = (event: GrantexEvent, text: string, now: number) => LogRecord;

const HOUR_MS = 3_600_000;

/**
 * Kept free at both ends of the accepted dates: a request may take its time, and clocks differ. No attempt may take
 * longer than this.
 */
export const DATE_MARGIN_MS = 300_000;

/**
 * Whether Datadog answers 202 for a log with this date and then drops it: "up to 18h in the past and 2h in the future"
 * ("Log collection", limits of ingested logs). Never so for NaN, which stands for no date.
 */
export function isOutsideAcceptedDates(timestamp: number, now: number): boolean {
  const age = now - timestamp;
  return age > 18 * HOUR_MS - DATE_MARGIN_MS || -age > 2 * HOUR_MS - DATE_MARGIN_MS;
}

/** The severities of Grantex's Datadog guide; every other type is `info`. */
const STATUS: ReadonlyMap<string, string> = new Map([
  ['grant.revoked', 'warn'],
  ['budget.exhausted', 'error'],
]);

/** Ids that an event's data may have. */
interface Ids {
  readonly grantId?: unknown;
  readonly agentId?: unknown;
  readonly principalId?: unknown;
}

/**
 * Makes the function that turns an event into a log: the five fields of Grantex's Datadog guide, the date, the severity,
 * and the ids as flat attributes. All values but the date are texts, which receivers that stand in for Datadog insist on.
 */
export function createEncoder(options: EncodeOptions): Encode {
  const heads = new Map<string, string>(EVENT_TYPES.map((type) => [type, encodeHead(type, options.tags, options)]));

  return (event, text, now) => {
    const createdAt = Date.parse(event.createdAt);
    const late = isOutsideAcceptedDates(createdAt, now);
    if (late && options.lateEvents === 'dead-letter') throw lateEventError(createdAt, now);
    const timestamp = late ? now : createdAt;
    const head = late
      ? encodeHead(event.type, [...options.tags, 'late:true'], options)
      : (heads.get(event.type) ?? encodeHead(event.type, options.tags, options));
    const ids = event.data as Ids;
    const json =
      `${head}"message":${JSON.stringify(text)}` +
      (Number.isNaN(timestamp) ? '' : `,"timestamp":${timestamp}`) +
      (late ? attribute('created_at', event.createdAt) : '') +
      attribute('event_id', event.id) +
      attribute('grant_id', ids.grantId) +
      attribute('agent_id', ids.agentId) +
      attribute('principal_id', ids.principalId) +
      '}';
    return { json, bytes: Buffer.byteLength(json), timestamp };
  };
}

/** The body of a request: a JSON array. */
export function encodeBody(records: readonly LogRecord[]): Uint8Array {
  return joinBytes(
    records.map(({ json }) => json),
    { before: '[', between: ',', after: ']' },
  );
}

/** The beginning of a log, which is the same for all events of a type. */
function encodeHead(type: string, tags: readonly string[], { source, hostname, service }: EncodeOptions): string {
  // A comma would make two tags of one. No type of the catalogue has one.
  const ddtags = [`type:${type.replaceAll(',', '_')}`, ...tags].join(',');
  const fields = {
    ddsource: source,
    ddtags,
    hostname,
    service,
    status: STATUS.get(type) ?? 'info',
    'grantex.event_type': type,
  };
  return `${JSON.stringify(fields).slice(0, -1)},`;
}

function attribute(name: string, value: unknown): string {
  return typeof value === 'string' ? `,"grantex.${name}":${JSON.stringify(value)}` : '';
}

function lateEventError(createdAt: number, now: number): DestinationError {
  const hours = (Math.abs(now - createdAt) / HOUR_MS).toFixed(1);
  const distance = createdAt < now ? `${hours} h old` : `${hours} h in the future`;
  return new DestinationError(
    'DEST_REJECTED',
    `the event is ${distance}; Datadog drops logs older than 18 h or more than 2 h in the future, and 5 minutes of that are kept free`,
  );
}
