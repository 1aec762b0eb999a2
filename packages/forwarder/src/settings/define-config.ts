import type { FileOptions, InputOf } from '@grantex/core';
import type {
  BigQueryOptions,
  DatadogOptions,
  FileDestinationOptions,
  HttpOptions,
  KafkaOptions,
  LokiOptions,
  S3Options,
  SplunkOptions,
} from '@grantex/destinations';
import type {
  journalOption,
  loggingOption,
  metricsOption,
  PlacementInput,
  serverOption,
  SourceInput,
} from './settings-schema.js';

/** The options of our own destinations, by short name. */
interface OwnOptions {
  readonly bigquery: BigQueryOptions;
  readonly datadog: DatadogOptions;
  readonly file: FileDestinationOptions;
  readonly http: HttpOptions;
  readonly kafka: KafkaOptions;
  readonly loki: LokiOptions;
  readonly s3: S3Options;
  readonly splunk: SplunkOptions;
}

/** The types of the destinations that come with the forwarder. */
export type OwnType = keyof OwnOptions;

/** The words of every destination: `enabled`, `sources`, `from`, `filter`, `transform`. */
export type DestinationPlacement = Omit<PlacementInput, 'type'>;

/** A destination of ours. The name is its key. */
export type OwnDestinationConfig<Type extends OwnType> = DestinationPlacement &
  Omit<FileOptions<OwnOptions[Type]>, 'name'>;

/** A destination of another package, or of a module beside the settings. Its options are checked when the file is read. */
export type PackageDestinationConfig = DestinationPlacement & {
  readonly type: `@${string}/${string}` | `${string}-${string}` | `./${string}` | `../${string}`;
  readonly [option: string]: unknown;
};

type TypedDestination =
  | { [Type in OwnType]: OwnDestinationConfig<Type> & { readonly type: Type } }[OwnType]
  | PackageDestinationConfig;

/** Under one of our short names `type` may be left out. */
export type DestinationConfig<Name> = Name extends OwnType
  ? (OwnDestinationConfig<Name> & { readonly type?: undefined }) | TypedDestination
  : TypedDestination;

/** Everything in a file of settings but its destinations. */
export interface CommonConfig {
  /** Event streams by name, at least one. */
  readonly sources: Readonly<Record<string, SourceInput>>;
  readonly journal?: InputOf<typeof journalOption>;
  /** Connections to each source, 1 to 5. @defaultValue 2 */
  readonly connections?: number;
  readonly server?: InputOf<typeof serverOption>;
  readonly logging?: InputOf<typeof loggingOption>;
  readonly metrics?: InputOf<typeof metricsOption>;
}

/** A whole file of settings. */
export type ForwarderConfig<Destinations = Readonly<Record<string, unknown>>> = CommonConfig & {
  /** Destinations by name, at least one. */
  readonly destinations: { readonly [Name in keyof Destinations]: DestinationConfig<Name> };
};

/**
 * For a file of settings in TypeScript, `grantex-forwarder.config.ts`: gives it types, and returns it as it is.
 *
 * ```ts
 * export default defineConfig({
 *   sources: { production: { url: 'https://api.grantex.dev', apiKey: '${GRANTEX_API_KEY}' } },
 *   destinations: { datadog: { apiKey: '${DD_API_KEY}', filter: { types: ['grant.*'] } } },
 * });
 * ```
 */
export function defineConfig<const Destinations>(config: ForwarderConfig<Destinations>): ForwarderConfig<Destinations> {
  return config;
}
