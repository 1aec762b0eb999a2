import {
  batchingOptions,
  checkOptions,
  COMPRESSIONS,
  connectionOptions,
  option,
  unencrypted,
  serviceAddress,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type Compression,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';
import { DATE_MARGIN_MS } from './encode.js';
import { apiOrigin, intakeOrigin, parseSite, siteComplaints } from './site.js';

/**
 * "Send logs" in Datadog's API reference: 5 MB uncompressed and 1,000 entries in a request, 1 MB a log. A larger log would
 * be cut off at 1 MB in silence, with a 202. "MB" is read as 10^6.
 */
export const DATADOG_DEFAULTS: BatchingDefaults = {
  kind: 'datadog',
  limits: { maxEvents: 1_000, maxBytes: 5_000_000, maxEventBytes: 1_000_000 },
  batchSize: 100,
  // A longer attempt could begin with a date that Datadog takes and end with one that it drops.
  maxTimeoutMs: DATE_MARGIN_MS,
};

/**
 * Options of {@link DatadogDestination}. `batchSize` is 100 when not given, 1,000 at most; `maxBatchBytes` 5,000,000 at
 * most; `timeoutMs` 300,000 at most.
 */
export interface DatadogOptions extends BatchingOptions, ConnectionOptions {
  /** An API key (not an application key, not a key's ID) of the organization, valid on its own site only. */
  readonly apiKey: string;
  /**
   * The Datadog site: its domain (`datadoghq.eu`, `us5.datadoghq.com`), its name (`EU`, `US5`, `AP1`, `US1-FED` …), or
   * an address of it (`https://app.datadoghq.eu/logs`). @defaultValue 'datadoghq.com'
   */
  readonly site?: string;
  /** The `service` of every log. @defaultValue 'grantex' */
  readonly service?: string;
  /** The `ddsource` of every log; Datadog chooses the pipeline by it. @defaultValue 'grantex' */
  readonly source?: string;
  /** The `hostname` of every log. @defaultValue 'grantex-auth-service' */
  readonly hostname?: string;
  /** Tags of every log beside `type:<event type>`, e.g. `env:prod`: 98 at most, 256 characters each, no commas. */
  readonly tags?: readonly string[];
  /** How requests are compressed. @defaultValue 'gzip' */
  readonly compression?: Compression;
  /**
   * Datadog answers 202 for a log that is older than 18 hours, or more than 2 hours in the future, and then drops it.
   * `send`: such an event is dated now, tagged `late:true`, and keeps its time in `grantex.created_at`. `dead-letter`: it
   * is given up, with the reason. @defaultValue 'send'
   */
  readonly lateEvents?: 'send' | 'dead-letter';
  /**
   * Base address of a proxy, an Observability Pipelines worker, or a receiver that speaks Datadog's protocol; it takes
   * the place of `https://http-intake.logs.<site>`, and `/api/v2/logs` is put behind it.
   */
  readonly endpoint?: string;
}

const { withDefault, text } = option;

/** One line for each option of {@link DatadogOptions} that a file can hold: its default, its check, its word to editors. */
export const datadogOptions = option.object(
  'Options of a Datadog destination.',
  {
    ...batchingOptions(DATADOG_DEFAULTS),
    ...connectionOptions,
    apiKey: option.secret('An API key of the organization, valid on its own site only.', apiKeyComplaints),
    site: withDefault(
      'datadoghq.com',
      text('The Datadog site: its domain, its name, or an address of it.', siteComplaints),
    ),
    service: withDefault('grantex', text('The service of every log.')),
    source: withDefault('grantex', text('The ddsource of every log; Datadog chooses the pipeline by it.')),
    hostname: withDefault('grantex-auth-service', text('The hostname of every log.')),
    tags: withDefault(
      [],
      option.list(
        'Tags of every log beside type:<event type>.',
        "['env:prod']",
        text('A tag, e.g. env:prod.', tagComplaints),
        tagsComplaints,
      ),
    ),
    compression: withDefault('gzip', option.oneOf('How requests are compressed.', COMPRESSIONS)),
    lateEvents: withDefault(
      'send',
      option.oneOf('What becomes of an event whose date Datadog would not take.', ['send', 'dead-letter']),
    ),
    endpoint: option.optional(
      serviceAddress('Base address of a proxy, a worker, or a receiver that speaks Datadog’s protocol.'),
    ),
  } satisfies OptionSchemas<DatadogOptions>,
  (options) => [...unencrypted('endpoint', options), ...queryComplaints(options.endpoint)],
);

export interface ResolvedDatadogOptions extends OutputOf<typeof datadogOptions>, CodeOptions {
  readonly intakeUrl: URL;
  readonly validateUrl: URL;
}

export function resolveOptions(options: DatadogOptions): ResolvedDatadogOptions {
  const checked = checkOptions(datadogOptions, options);
  const site = parseSite(checked.site);
  const endpoint = checked.endpoint === undefined ? undefined : baseOf(checked.endpoint);
  return {
    ...checked,
    tags: [...checked.tags],
    intakeUrl: new URL('api/v2/logs', endpoint ?? intakeOrigin(site)),
    validateUrl: new URL('api/v1/validate', endpoint ?? apiOrigin(site)),
  };
}

const KEY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** 40 hexadecimal characters, or the newer form with a prefix. */
const APPLICATION_KEY = /^([0-9a-f]{40}|ddapp_[0-9a-z]+)$/i;

/** An API key has 32 hexadecimal characters; other forms are taken too, since proxies have keys of their own. */
function apiKeyComplaints(apiKey: string): readonly Complaint[] {
  const expected = 'an API key (32 hexadecimal characters, from Organization Settings > API Keys)';
  if (KEY_ID.test(apiKey)) return [{ expected, got: "a key's ID, which is not the key" }];
  if (APPLICATION_KEY.test(apiKey)) return [{ expected, got: 'an application key, which cannot send logs' }];
  return [];
}

function queryComplaints(endpoint: unknown): readonly Complaint[] {
  if (typeof endpoint !== 'string' || !/[?#]/.test(endpoint)) return [];
  return [{ at: 'endpoint', expected: 'an address to which /api/v2/logs can be added', got: 'one that has a query' }];
}

/** Ends in a slash, so that a path of its own stays. The full address of the intake is understood as well. */
function baseOf(endpoint: string): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/(\/api\/v2\/logs)?\/*$/, '')}/`;
  return url;
}

/** 100 tags a log, from "Log collection"; the event's type and the mark of a late event are two of them. */
const MAX_TAGS = 98;
const MAX_TAG_LENGTH = 256;

function tagsComplaints(tags: readonly string[]): readonly Complaint[] {
  return tags.length > MAX_TAGS ? [{ expected: `${MAX_TAGS} tags at most`, got: String(tags.length) }] : [];
}

function tagComplaints(tag: string): readonly Complaint[] {
  if (tag.includes(',')) return [{ expected: 'one tag', got: 'a comma, with which Datadog separates tags' }];
  if (tag.length <= MAX_TAG_LENGTH) return [];
  return [{ expected: `${MAX_TAG_LENGTH} characters at most`, got: `${tag.length} characters` }];
}
