import {
  batchingOptions,
  checkOptions,
  connectionOptions,
  connectionSecrets,
  describe,
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
import { encodeFrame } from './encode.js';
import { labelComplaints, streamLabels, type Labels } from './labels.js';

/**
 * Loki's servers pass a push on in one message, which may have 4 MiB; a larger push is answered with a 500, whenever it
 * comes (seen with 3.7.8). 1 MB is what Promtail and Vector send.
 */
export const LOKI_DEFAULTS: BatchingDefaults = {
  kind: 'loki',
  limits: { maxEvents: 10_000, maxBytes: 4_000_000 },
  batchSize: 1_000,
  maxBatchBytes: 1_000_000,
  timeoutMs: 10_000,
};

/**
 * Options of {@link LokiDestination}; `url` or `hostname` is needed. `batchSize` is 1,000 when not given, 10,000 at most;
 * `maxBatchBytes` 1,000,000, 4,000,000 at most; `timeoutMs` 10,000.
 */
export interface LokiOptions extends BatchingOptions, ConnectionOptions {
  /** Base address: `/loki/api/v1/push` is put behind it, if it is not there. */
  readonly url?: string;
  /** In place of `url`: the host name alone, as Grafana Cloud shows it (`logs-prod-021.grafana.net`); by `https`. */
  readonly hostname?: string;
  /** For Basic authentication, with `password`. In Grafana Cloud the number that stands beside the address. */
  readonly username?: string;
  /** In Grafana Cloud a token of an access policy with the scope `logs:write`. */
  readonly password?: string;
  /** The tenant, sent as `X-Scope-OrgID`. Grafana Cloud knows it by the user name. @defaultValue none */
  readonly tenantId?: string;
  /**
   * Labels of the stream beside `source` and `service_name`, which are `grantex` unless they are named here too: 15 in all.
   * No ids: each set of values is a stream of its own. @defaultValue none
   */
  readonly labels?: Labels;
  /**
   * Sends type and ids as structured metadata. False for a Loki that does not take any (before 3.0, or with
   * `allow_structured_metadata: false`): the line has them all the same. @defaultValue true
   */
  readonly structuredMetadata?: boolean;
  /** How requests are compressed. Loki takes no zstd. @defaultValue 'gzip' */
  readonly compression?: 'gzip' | 'none';
}

const { optional, withDefault, text } = option;

/** One line for each option of {@link LokiOptions} that a file can hold: its default, its check, its word to editors. */
export const lokiOptions = option.object(
  'Options of a Loki destination.',
  {
    ...batchingOptions(LOKI_DEFAULTS),
    ...connectionOptions,
    url: optional(serviceAddress('Base address; /loki/api/v1/push is put behind it.')),
    hostname: optional(text('In place of url: the host name alone, reached by https.', hostnameComplaints)),
    username: optional(text('For Basic authentication, with password.', usernameComplaints)),
    password: optional(text('For Basic authentication, with username.', passwordComplaints)),
    tenantId: optional(text('The tenant, sent as X-Scope-OrgID.', tenantComplaints)),
    labels: withDefault({}, option.texts('Labels beside source and service_name.', labelComplaints)),
    structuredMetadata: withDefault(true, option.flag('Send type and ids as structured metadata.')),
    compression: withDefault('gzip', option.oneOf('How requests are compressed.', ['gzip', 'none'])),
  } satisfies OptionSchemas<LokiOptions>,
  (options) => [
    ...unencrypted('url', options),
    ...addressComplaints(options),
    ...pairComplaints('username', 'password', options),
    ...pairComplaints('password', 'username', options),
  ],
);

export interface ResolvedLokiOptions extends Omit<OutputOf<typeof lokiOptions>, 'url' | 'labels'>, CodeOptions {
  readonly pushUrl: URL;
  /** All of them, by name. */
  readonly labels: Labels;
  /** Those that say who we are. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

export function resolveOptions(options: LokiOptions): ResolvedLokiOptions {
  const checked = checkOptions(lokiOptions, options);
  const { url, hostname, username, password, tenantId } = checked;
  const basic = password === undefined ? undefined : Buffer.from(`${username}:${password}`).toString('base64');
  return {
    ...checked,
    pushUrl: new URL('loki/api/v1/push', baseOf(url ?? `https://${hostname}`)),
    labels: streamLabels(checked.labels),
    headers: {
      ...(basic !== undefined && { authorization: `Basic ${basic}` }),
      ...(tenantId !== undefined && { 'x-scope-orgid': tenantId }),
    },
    secrets: [...secretsOf(password), ...secretsOf(basic), ...connectionSecrets(checked)],
  };
}

/** The labels take their share of a request. */
export function batchingDefaults({ labels }: ResolvedLokiOptions): BatchingDefaults {
  const { head, tail } = encodeFrame(labels);
  const batchOverheadBytes = Buffer.byteLength(head) + Buffer.byteLength(tail);
  return { ...LOKI_DEFAULTS, limits: { ...LOKI_DEFAULTS.limits, batchOverheadBytes } };
}

/** A shorter value would be found in every message by chance. */
const SHORTEST_SECRET = 6;

function secretsOf(value: string | undefined): string[] {
  return value !== undefined && value.length >= SHORTEST_SECRET ? [value] : [];
}

/** Ends in a slash, so that a path of its own stays. The full address is understood as well. */
function baseOf(address: string): URL {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/(\/loki\/api\/v1\/push)?\/*$/, '')}/`;
  return url;
}

function addressComplaints({ url, hostname }: { readonly url?: unknown; readonly hostname?: unknown }): Complaint[] {
  if (url === undefined && hostname === undefined) {
    return [{ at: 'url', expected: 'the address of a Loki, here or in hostname', got: 'nothing' }];
  }
  if (url !== undefined && hostname !== undefined) {
    return [{ at: 'hostname', expected: 'either url or hostname', got: 'both' }];
  }
  if (typeof url !== 'string' || !/[?#]/.test(url)) return [];
  return [{ at: 'url', expected: 'an address to which /loki/api/v1/push can be added', got: 'one that has a query' }];
}

function pairComplaints(name: string, other: string, options: Readonly<Record<string, unknown>>): Complaint[] {
  if (options[name] !== undefined || options[other] === undefined) return [];
  return [{ at: name, expected: `what belongs to ${other}`, got: 'nothing' }];
}

/** A host name, or an IPv4 address, and perhaps a port. */
const HOSTNAME = /^(?=.{1,253}(:|$))[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i;

function hostnameComplaints(hostname: string): readonly Complaint[] {
  const expected = 'a host name such as logs-prod-021.grafana.net';
  if (HOSTNAME.test(hostname) && URL.canParse(`https://${hostname}`)) return [];
  return [{ expected, got: hostname.includes('/') ? 'an address, which belongs into url' : describe(hostname) }];
}

function usernameComplaints(username: string): readonly Complaint[] {
  if (username.includes(':')) return [{ expected: 'a user name without a colon', got: 'one that has one' }];
  return passwordComplaints(username);
}

function passwordComplaints(value: string): readonly Complaint[] {
  const expected = 'a text without control characters, and without white space around it';
  if (value.trim() !== value) return [{ expected, got: 'white space around it' }];
  // RFC 7617 forbids them.
  return /\p{Cc}/u.test(value) ? [{ expected, got: 'a control character' }] : [];
}

/** "Tenant ID restrictions" in Grafana's documentation. */
const TENANT = /^(?!\.{1,2}$)[a-zA-Z0-9!\-_.*'()]{1,150}$/;

function tenantComplaints(tenantId: string): readonly Complaint[] {
  if (TENANT.test(tenantId)) return [];
  return [{ expected: "1 to 150 letters, digits and !-_.*'()", got: describe(tenantId) }];
}
