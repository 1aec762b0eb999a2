import {
  batchingOptions,
  checkOptions,
  connectionOptions,
  connectionSecrets,
  option,
  serviceAddress,
  unencrypted,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type ConnectionOptions,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';

/**
 * What Acme takes in one request: the engine fills a request up to these limits and not beyond. 1 MB and 100 events is what
 * HTTP services commonly take. When the service's own documentation has other numbers, they belong here, with the page.
 */
export const ACME_DEFAULTS: BatchingDefaults = {
  kind: 'acme',
  limits: { maxEvents: 1_000, maxBytes: 5_000_000 },
  batchSize: 100,
  maxBatchBytes: 1_000_000,
  timeoutMs: 15_000,
};

/** Options of {@link AcmeDestination}. `batchSize` is 100 when not given, `maxBatchBytes` 1,000,000, `timeoutMs` 15,000. */
export interface AcmeOptions extends BatchingOptions, ConnectionOptions {
  /** Where events are sent, e.g. `https://acme.example/v1/events`. */
  readonly url: string;
  /** A key that may write events. It is in no message, no log line and no address. */
  readonly apiKey: string;
  /** The `source` that every event has there. @defaultValue 'grantex' */
  readonly source?: string;
}

const { secret, text, withDefault } = option;

/** One line for each option of {@link AcmeOptions} that a file can hold: its default, its check, its word to editors. */
export const acmeOptions = option.object(
  'Options of the Acme destination.',
  {
    ...batchingOptions(ACME_DEFAULTS),
    ...connectionOptions,
    url: serviceAddress('Where events are sent, e.g. https://acme.example/v1/events.'),
    apiKey: secret('A key that may write events.'),
    source: withDefault('grantex', text('The source that every event has there.')),
    // The compiler compares the two: an option without a line here, or a line without an option, does not compile.
  } satisfies OptionSchemas<AcmeOptions>,
  (options) => unencrypted('url', options),
);

export interface ResolvedAcmeOptions extends Omit<OutputOf<typeof acmeOptions>, 'url'>, CodeOptions {
  readonly url: URL;
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

/** Checks the options and fills in defaults. Throws one `OptionError` that names every option that is wrong. */
export function resolveOptions(options: AcmeOptions): ResolvedAcmeOptions {
  const checked = checkOptions(acmeOptions, options);
  return { ...checked, url: new URL(checked.url), secrets: [checked.apiKey, ...connectionSecrets(checked)] };
}
