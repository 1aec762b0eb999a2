import {
  batchingOptions,
  checkOptions,
  COMPRESSIONS,
  connectionOptions,
  connectionSecrets,
  option,
  serviceAddress,
  unencrypted,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type Compression,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';
import { FORMATS, type Format } from './encode.js';
import { headerComplaints } from './headers.js';
import { decodeSecret } from './signature.js';

/** No standard limits a request; 1 MB and 100 events is what receivers of webhooks commonly take. */
export const HTTP_DEFAULTS: BatchingDefaults = {
  kind: 'http',
  limits: { maxEvents: 10_000, maxBytes: 64_000_000 },
  batchSize: 100,
  maxBatchBytes: 1_000_000,
  timeoutMs: 15_000,
};

/** How requests are signed, as Standard Webhooks describes it. */
export interface SignatureOptions {
  /** `whsec_` and 24 to 64 bytes in base64. Several while one takes the place of another: each signs every request. */
  readonly secret: string | readonly string[];
}

/** Options of {@link HttpDestination}. `batchSize` is 100 when not given, `maxBatchBytes` 1,000,000, `timeoutMs` 15,000. */
export interface HttpOptions extends BatchingOptions, ConnectionOptions {
  /** Where events are sent. A key in its path or query is kept out of messages, as far as it has 16 characters. */
  readonly url: string;
  /** Headers by name, such as `{ authorization: 'Bearer …' }`. Their values are taken for secrets. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** @defaultValue 'POST' */
  readonly method?: 'POST' | 'PUT';
  /**
   * `array`: a JSON array of events. `ndjson`: one event a line. `event`: one event a request. `cloudevents-batch`: a JSON
   * array of CloudEvents 1.0. @defaultValue 'array'
   */
  readonly format?: Format;
  /** The `source` of CloudEvents: who publishes the events. @defaultValue 'https://api.grantex.dev' */
  readonly source?: string;
  /** How requests are compressed. Many receivers do not take compressed ones. @defaultValue 'none' */
  readonly compression?: Compression;
  /** Signs requests after Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`. @defaultValue none */
  readonly signature?: SignatureOptions;
  /** The statuses, 200 to 499, that mean accepted. @defaultValue 200 to 299 */
  readonly successCodes?: readonly number[];
}

const { list, oneOf, optional, withDefault } = option;

const signature = option.object('Signs requests after Standard Webhooks.', {
  secret: option.oneOrMore(
    'Secrets of the form whsec_…; several while one takes the place of another.',
    'a secret of the form whsec_…, or a list of them',
    option.secret('A secret of the form whsec_…', secretComplaints),
  ),
});

/** One line for each option of {@link HttpOptions} that a file can hold: its default, its check, its word to editors. */
export const httpOptions = option.object(
  'Options of an HTTP destination.',
  {
    ...batchingOptions(HTTP_DEFAULTS),
    ...connectionOptions,
    url: serviceAddress('Where events are sent.'),
    headers: withDefault({}, option.texts('Headers by name. Their values are taken for secrets.', headerComplaints)),
    method: withDefault('POST', oneOf('POST or PUT.', ['POST', 'PUT'])),
    format: withDefault('array', oneOf('How events lie in the body of a request.', FORMATS)),
    source: withDefault('https://api.grantex.dev', option.text('The source of CloudEvents: who publishes the events.')),
    compression: withDefault('none', oneOf('How requests are compressed.', COMPRESSIONS)),
    signature: optional(signature),
    successCodes: optional(
      list('The statuses that mean accepted.', '[200, 202]', option.wholeNumber('A status.', 200, 499), notEmpty),
    ),
  } satisfies OptionSchemas<HttpOptions>,
  (options) => unencrypted('url', options),
);

export interface ResolvedHttpOptions extends Omit<OutputOf<typeof httpOptions>, 'url'>, CodeOptions {
  readonly url: URL;
  /** One for each secret; none: requests are not signed. */
  readonly signingKeys: readonly Buffer[];
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

export function resolveOptions(options: HttpOptions): ResolvedHttpOptions {
  const checked = checkOptions(httpOptions, options);
  const url = new URL(checked.url);
  const signingSecrets = [checked.signature?.secret ?? []].flat();
  return {
    ...checked,
    url,
    batchSize: checked.format === 'event' ? 1 : checked.batchSize,
    headers: Object.fromEntries(Object.entries(checked.headers).map(([name, value]) => [name.toLowerCase(), value])),
    signingKeys: signingSecrets.flatMap((secret) => decodeSecret(secret) ?? []),
    secrets: [
      ...Object.values(checked.headers).flatMap(secretsInHeader),
      ...secretsInAddress(url),
      ...signingSecrets,
      ...connectionSecrets(checked),
    ],
  };
}

function notEmpty(codes: readonly number[]): readonly Complaint[] {
  return codes.length > 0 ? [] : [{ expected: 'at least one status', got: 'none' }];
}

function secretComplaints(secret: string): readonly Complaint[] {
  if (decodeSecret(secret) !== undefined) return [];
  return [{ expected: 'whsec_ and 24 to 64 bytes in base64', got: 'something else' }];
}

/** A shorter value is no secret, and would be found in every message by chance. */
const SHORTEST_SECRET = 6;
/** A part of an address that is so long is a key; a shorter one helps to see what is wrong. */
const SHORTEST_KEY_IN_ADDRESS = 16;

/** The value, and what stands behind `Bearer` or the like. */
function secretsInHeader(value: string): string[] {
  return [value, value.slice(value.lastIndexOf(' ') + 1)].filter((secret) => secret.length >= SHORTEST_SECRET);
}

function secretsInAddress({ pathname, searchParams }: URL): string[] {
  const parts = [...pathname.split('/'), ...searchParams.values()];
  return parts
    .flatMap((part) => [part, encodeURIComponent(part)])
    .filter((part) => part.length >= SHORTEST_KEY_IN_ADDRESS);
}
