import {
  batchingOptions,
  checkOptions,
  connectionOptions,
  option,
  serviceAddress,
  unencrypted,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';

/**
 * What the HTTP Event Collector (HEC) takes. No number of events is documented. A request of 1,000,000 bytes is taken by every
 * release: `max_content_length` was that in old ones, 800 MiB in 10.4.3; Splunk Cloud 10.5 takes 5,242,881 and refuses
 * 6,000,000 (measured, September 2026). One event may have 5 MB (`maxEventSize`, inputs.conf), read as 10^6; one that
 * is larger than `maxBatchBytes` goes alone.
 */
export const SPLUNK_DEFAULTS: BatchingDefaults = {
  kind: 'splunk',
  limits: { maxEvents: 10_000, maxBytes: 2_097_152, maxEventBytes: 5_000_000 },
  batchSize: 100,
  maxBatchBytes: 1_000_000,
};

/** HEC inflates gzip only: deflate is answered 415 (measured, September 2026), and of zstd nothing is documented. */
const COMPRESSIONS = ['gzip', 'none'] as const;

/**
 * Options of {@link SplunkDestination}. `batchSize` is 100 when not given, 10,000 at most; `maxBatchBytes` 1,000,000, 2,097,152
 * at most.
 */
export interface SplunkOptions extends BatchingOptions, ConnectionOptions {
  /**
   * Address of the HTTP Event Collector, e.g. `https://splunk.example.com:8088`. `/services/collector/event` is put behind it;
   * an address that ends so is understood as well.
   */
  readonly hecUrl: string;
  /** A HEC token, without the word `Splunk`. */
  readonly hecToken: string;
  /** The index that events are written to. It has to exist, and be allowed to the token. @defaultValue 'main' */
  readonly index?: string;
  /** The `source` of every event. @defaultValue 'grantex' */
  readonly source?: string;
  /** The `sourcetype` of every event. @defaultValue '_json' */
  readonly sourcetype?: string;
  /** The `host` of every event. @defaultValue what Splunk puts in: the token's setting */
  readonly host?: string;
  /** How requests are compressed. @defaultValue 'gzip' */
  readonly compression?: (typeof COMPRESSIONS)[number];
  /**
   * Indexer acknowledgement: events count as delivered when Splunk says that they are indexed, not when it has received
   * them. The token has to have it turned on (`useACK`), and has to have it off without this option. @defaultValue false
   */
  readonly acknowledgement?: boolean;
  /**
   * Milliseconds to wait for the acknowledgement of a request, from 1,000 to 3,600,000; after that it is sent again, and its
   * events may be there twice. @defaultValue 300_000
   */
  readonly acknowledgementTimeoutMs?: number;
}

const { flag, milliseconds, oneOf, optional, secret, text, withDefault } = option;

/** One line for each option of {@link SplunkOptions} that a file can hold: its default, its check, its word to editors. */
export const splunkOptions = option.object(
  'Options of a Splunk destination.',
  {
    ...batchingOptions(SPLUNK_DEFAULTS),
    ...connectionOptions,
    hecUrl: serviceAddress('Address of the HTTP Event Collector, e.g. https://splunk.example.com:8088.'),
    hecToken: secret('A token of the HTTP Event Collector.'),
    index: withDefault('main', text('The index that events are written to.', indexComplaints)),
    source: withDefault('grantex', text('The source of every event.')),
    sourcetype: withDefault('_json', text('The sourcetype of every event.')),
    host: optional(text('The host of every event.')),
    compression: withDefault('gzip', oneOf('How requests are compressed.', COMPRESSIONS)),
    acknowledgement: withDefault(
      false,
      flag('Events count as delivered when they are indexed (indexer acknowledgement).'),
    ),
    acknowledgementTimeoutMs: withDefault(
      300_000,
      milliseconds('Milliseconds to wait for the acknowledgement of a request.', 1_000, 3_600_000),
    ),
  } satisfies OptionSchemas<SplunkOptions>,
  (options) => [...unencrypted('hecUrl', options), ...queryComplaints(options.hecUrl)],
);

export interface ResolvedSplunkOptions extends OutputOf<typeof splunkOptions>, CodeOptions {
  readonly eventUrl: URL;
  readonly ackUrl: URL;
}

export function resolveOptions(options: SplunkOptions): ResolvedSplunkOptions {
  const checked = checkOptions(splunkOptions, options);
  const base = baseOf(checked.hecUrl);
  return {
    ...checked,
    eventUrl: new URL('services/collector/event', base),
    ackUrl: new URL('services/collector/ack', base),
  };
}

/**
 * "Create custom indexes" in Splunk's "Managing Indexers": lower-case letters, digits, underscores and hyphens, not first an
 * underscore or a hyphen. With another name events could be lost in silence: see the README.
 */
function indexComplaints(index: string): readonly Complaint[] {
  if (/^[a-z0-9][a-z0-9_-]*$/.test(index)) return [];
  const expected = 'the name of an index: lower-case letters, digits, _ and -, beginning with a letter or a digit';
  return [{ expected, got: 'something else' }];
}

function queryComplaints(hecUrl: unknown): readonly Complaint[] {
  if (typeof hecUrl !== 'string' || !/[?#]/.test(hecUrl)) return [];
  const expected = 'an address to which /services/collector/event can be added';
  return [{ at: 'hecUrl', expected, got: 'one that has a query' }];
}

/** Ends in a slash, so that a path of its own stays. Addresses of HEC's own endpoints are understood as well. */
function baseOf(hecUrl: string): URL {
  const url = new URL(hecUrl);
  url.pathname = `${url.pathname.replace(/(\/services\/collector(\/(event|raw|health|ack))?(\/1\.0)?)?\/*$/, '')}/`;
  return url;
}
