import {
  COMPRESSIONS,
  describe,
  integerBetween,
  nonEmptyText,
  oneOf,
  OptionError,
  secretText,
  serviceUrl,
  type BatchingDefaults,
  type BatchingOptions,
  type Compression,
  type Dispatcher,
} from '@grantex/core';
import { DATE_MARGIN_MS, type EncodeOptions } from './encode.js';
import { apiOrigin, intakeOrigin, parseSite } from './site.js';

/**
 * "Send logs" in Datadog's API reference: 5 MB uncompressed and 1,000 entries in a request, 1 MB a log. A larger log would
 * be cut off at 1 MB in silence, with a 202. "MB" is read as 10^6.
 */
export const DATADOG_DEFAULTS: BatchingDefaults = {
  kind: 'datadog',
  limits: { maxEvents: 1_000, maxBytes: 5_000_000, maxEventBytes: 1_000_000 },
  batchSize: 100,
};

/**
 * Options of {@link DatadogDestination}. `batchSize` is 100 when not given, 1,000 at most; `maxBatchBytes` 5,000,000 at
 * most; `timeoutMs` 300,000 at most.
 */
export interface DatadogOptions extends BatchingOptions {
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
  /** Hosts to which the key may travel unencrypted; loopback is always allowed. */
  readonly allowInsecureHosts?: readonly string[];
  /** An undici dispatcher: for proxies and client certificates. It is not closed with the destination. */
  readonly dispatcher?: Dispatcher;
}

export interface ResolvedDatadogOptions extends EncodeOptions {
  readonly apiKey: string;
  readonly intakeUrl: URL;
  readonly validateUrl: URL;
  readonly compression: Compression;
  readonly dispatcher: Dispatcher | undefined;
}

export function resolveOptions(options: DatadogOptions): ResolvedDatadogOptions {
  const site = parseSite(options.site ?? 'datadoghq.com');
  const endpoint =
    options.endpoint === undefined ? undefined : parseEndpoint(options.endpoint, options.allowInsecureHosts);
  // A longer attempt could begin with a date that Datadog takes and end with one that it drops.
  if (options.timeoutMs !== undefined) integerBetween('timeoutMs', options.timeoutMs, 1, DATE_MARGIN_MS);
  return {
    apiKey: parseApiKey(options.apiKey),
    intakeUrl: new URL('api/v2/logs', endpoint ?? intakeOrigin(site)),
    validateUrl: new URL('api/v1/validate', endpoint ?? apiOrigin(site)),
    service: nonEmptyText('service', options.service ?? 'grantex'),
    source: nonEmptyText('source', options.source ?? 'grantex'),
    hostname: nonEmptyText('hostname', options.hostname ?? 'grantex-auth-service'),
    tags: parseTags(options.tags ?? []),
    compression: oneOf('compression', options.compression ?? 'gzip', COMPRESSIONS),
    lateEvents: oneOf('lateEvents', options.lateEvents ?? 'send', ['send', 'dead-letter']),
    dispatcher: options.dispatcher,
  };
}

const KEY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** 40 hexadecimal characters, or the newer form with a prefix. */
const APPLICATION_KEY = /^([0-9a-f]{40}|ddapp_[0-9a-z]+)$/i;

/** An API key has 32 hexadecimal characters; other forms are taken too, since proxies have keys of their own. */
function parseApiKey(value: string): string {
  const apiKey = secretText('apiKey', value);
  const expected = 'an API key (32 hexadecimal characters, from Organization Settings > API Keys)';
  if (KEY_ID.test(apiKey)) throw new OptionError('apiKey', expected, "a key's ID, which is not the key");
  if (APPLICATION_KEY.test(apiKey)) {
    throw new OptionError('apiKey', expected, 'an application key, which cannot send logs');
  }
  return apiKey;
}

/** Ends in a slash, so that a path of its own stays. The full address of the intake is understood as well. */
function parseEndpoint(value: string, allowInsecureHosts?: readonly string[]): URL {
  const url = serviceUrl('endpoint', value, allowInsecureHosts);
  if (url.search !== '' || url.hash !== '') {
    throw new OptionError('endpoint', 'an address to which /api/v2/logs can be added', 'one that has a query');
  }
  url.pathname = `${url.pathname.replace(/(\/api\/v2\/logs)?\/*$/, '')}/`;
  return url;
}

/** 100 tags a log, from "Log collection"; the event's type and the mark of a late event are two of them. */
const MAX_TAGS = 98;
const MAX_TAG_LENGTH = 256;

function parseTags(tags: readonly string[]): readonly string[] {
  if (!Array.isArray(tags)) throw new OptionError('tags', "a list such as ['env:prod']", describe(tags));
  if (tags.length > MAX_TAGS) throw new OptionError('tags', `${MAX_TAGS} tags at most`, String(tags.length));
  return tags.map((tag: unknown, index) => {
    const option = `tags[${index}]`;
    if (typeof tag !== 'string' || tag.trim() === '') {
      throw new OptionError(option, 'a text such as env:prod', describe(tag));
    }
    if (tag.includes(',')) throw new OptionError(option, 'one tag', 'a comma, with which Datadog separates tags');
    if (tag.length > MAX_TAG_LENGTH) {
      throw new OptionError(option, `${MAX_TAG_LENGTH} characters at most`, `${tag.length} characters`);
    }
    return tag;
  });
}
