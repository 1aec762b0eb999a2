import type { BigQuery } from '@google-cloud/bigquery';
import type { v1 } from '@google-cloud/bigquery-storage';
import {
  batchingOptions,
  checkOptions,
  OptionError,
  option,
  serviceAddress,
  unencrypted,
  type BatchingDefaults,
  type BatchingOptions,
  type CodeOptions,
  type Complaint,
  type OptionSchemas,
  type OutputOf,
} from '@grantex/core';

/**
 * "Quotas and limits" of BigQuery: 10 MB and 50,000 rows in a request of insertAll, about 500 rows recommended; 10 MB in one
 * of AppendRows. Google's own client fills a request up to 9 MiB, to keep room for what is around the rows.
 */
export const BIGQUERY_DEFAULTS: BatchingDefaults = {
  kind: 'bigquery',
  limits: { maxEvents: 50_000, maxBytes: 9_437_184, batchOverheadBytes: 64, eventOverheadBytes: 6 },
  batchSize: 500,
  maxBatchBytes: 5_000_000,
};

/** How rows are written. */
const MODES = ['insert-all', 'storage-write'] as const;
/** How rows are written: `insert-all` over REST, or `storage-write` over gRPC. */
export type Mode = (typeof MODES)[number];

/** Options of {@link BigQueryDestination}. `batchSize` is 500 when not given, 50,000 at most; `maxBatchBytes` 5,000,000. */
export interface BigQueryOptions extends BatchingOptions {
  /** The project that the table is in: its id, not its name or number. */
  readonly projectId: string;
  /** The dataset that the table is in. It has to be there. */
  readonly datasetId: string;
  readonly tableId: string;
  /**
   * `insert-all`: the streaming insert over REST, at least once; BigQuery takes most repeats of one minute out by `insertId`.
   * `storage-write`: the Storage Write API over gRPC, exactly once with a journal that outlives the process.
   * @defaultValue 'insert-all'
   */
  readonly mode?: Mode;
  /** Makes the table when it is not there: a partition for each day of `created_at`, clustered by `event_type`. @defaultValue false */
  readonly createTable?: boolean;
  /** Path of a key file of a service account, or of another file of credentials. @defaultValue the application default credentials */
  readonly keyFilename?: string;
  /** What is in a key file of a service account: `client_email` and `private_key`, and what else it has. */
  readonly credentials?: Readonly<Record<string, string>>;
  /**
   * Base address of the REST API: a regional endpoint, or an emulator. Over plain `http` no token is sent.
   * @defaultValue 'https://bigquery.googleapis.com'
   */
  readonly apiEndpoint?: string;
  /** The same for the gRPC of `storage-write`. @defaultValue 'https://bigquerystorage.googleapis.com' */
  readonly storageApiEndpoint?: string;
  /** Hosts beside loopback that may be reached over plain `http`. @defaultValue none */
  readonly allowInsecureHosts?: readonly string[];
  /**
   * A client of your own, in place of `keyFilename` and `credentials`: with `insert-all` a `BigQuery`, which is asked for its
   * tokens and its endpoint; with `storage-write` a `v1.BigQueryWriteClient`. It is not closed with the destination.
   */
  readonly client?: BigQuery | v1.BigQueryWriteClient;
}

const { optional, text, withDefault } = option;

/** One line for each option of {@link BigQueryOptions} that a file can hold: its default, its check, its word to editors. */
export const bigqueryOptions = option.object(
  'Options of a BigQuery destination.',
  {
    ...batchingOptions(BIGQUERY_DEFAULTS),
    projectId: text('The project that the table is in: its id.', idRule(/^[a-z0-9.:-]+$/i, 'the id of a project')),
    datasetId: text('The dataset that the table is in.', idRule(/^\w+$/, 'the id of a dataset alone')),
    tableId: text('The table.', idRule(/^[^./:`\\]+$/, 'the id of a table alone')),
    mode: withDefault('insert-all', option.oneOf('How rows are written.', MODES)),
    createTable: withDefault(false, option.flag('Make the table when it is not there.')),
    keyFilename: optional(text('Path of a key file of a service account, or of another file of credentials.')),
    credentials: optional(option.texts('What is in a key file of a service account.', credentialsComplaints)),
    apiEndpoint: optional(serviceAddress('Base address of the REST API.')),
    storageApiEndpoint: optional(serviceAddress('Base address of the gRPC of storage-write.')),
    allowInsecureHosts: optional(
      option.list(
        'Hosts beside loopback that may be reached over plain http.',
        "['host.example']",
        text('The name of a host.'),
      ),
    ),
  } satisfies OptionSchemas<BigQueryOptions>,
  (options) => [
    ...unencrypted('apiEndpoint', options),
    ...unencrypted('storageApiEndpoint', options),
    ...togetherComplaints(options),
  ],
);

export interface ResolvedBigQueryOptions extends OutputOf<typeof bigqueryOptions>, Omit<CodeOptions, 'client'> {
  readonly client?: BigQueryOptions['client'];
  /** Where requests of the REST API go: ends in a slash. */
  readonly tablesUrl: URL;
  readonly storageUrl: URL;
  /** `projects/…/datasets/…/tables/…`, as gRPC names a table. */
  readonly tablePath: string;
  /** What must not be seen in a message. */
  readonly secrets: readonly string[];
}

export function resolveOptions(options: BigQueryOptions): ResolvedBigQueryOptions {
  const { client: given, ...checked } = checkOptions(bigqueryOptions, options);
  const client = given as BigQueryOptions['client'];
  checkClient(client, checked.mode);
  const { projectId, datasetId, tableId } = checked;
  const ownEndpoint = client !== undefined && 'authClient' in client ? client.apiEndpoint : undefined;
  const base = new URL(checked.apiEndpoint ?? ownEndpoint ?? 'https://bigquery.googleapis.com');
  base.pathname = `${base.pathname.replace(/\/*$/, '')}/bigquery/v2/projects/${encodeURIComponent(projectId)}/datasets/${datasetId}/tables/`;
  return {
    ...checked,
    ...(client !== undefined && { client }),
    tablesUrl: base,
    storageUrl: new URL(checked.storageApiEndpoint ?? 'https://bigquerystorage.googleapis.com'),
    tablePath: `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`,
    secrets: secretsOf(checked.credentials),
  };
}

/** The client has to be the one of the mode. */
function checkClient(client: BigQueryOptions['client'], mode: Mode): void {
  if (client === undefined) return;
  const isRight = mode === 'insert-all' ? 'authClient' in client : 'appendRows' in client;
  if (isRight) return;
  const expected = mode === 'insert-all' ? 'a BigQuery of @google-cloud/bigquery' : 'a v1.BigQueryWriteClient';
  throw new OptionError('client', `${expected}, since mode is ${mode}`, 'another object');
}

function togetherComplaints(options: Readonly<Record<string, unknown>>): Complaint[] {
  const { mode, concurrency, keyFilename, credentials } = options;
  const complaints: Complaint[] = [];
  if (mode === 'storage-write' && typeof concurrency === 'number' && concurrency > 1) {
    // The place of a batch in the stream is known when the one before it is written.
    complaints.push({ at: 'concurrency', expected: '1, since mode is storage-write', got: String(concurrency) });
  }
  if (keyFilename !== undefined && credentials !== undefined) {
    complaints.push({ at: 'credentials', expected: 'keyFilename or credentials', got: 'both' });
  }
  return complaints;
}

function credentialsComplaints(credentials: Readonly<Record<string, string>>): readonly Complaint[] {
  const expected = 'the contents of a key file of a service account; other credentials go into a file, see keyFilename';
  for (const at of ['client_email', 'private_key']) {
    if (credentials[at] === undefined) return [{ at, expected, got: 'nothing' }];
  }
  if (credentials['private_key']?.includes('-----BEGIN') === true) return [];
  return [{ at: 'private_key', expected: 'a private key in PEM', got: 'something without -----BEGIN' }];
}

function idRule(pattern: RegExp, expected: string): (id: string) => readonly Complaint[] {
  return (id) => (pattern.test(id) && id.length <= 1_024 ? [] : [{ expected, got: 'other characters in it' }]);
}

/** The key, and its lines one by one: a library may quote a part. */
function secretsOf(credentials: Readonly<Record<string, string>> = {}): string[] {
  const { private_key: key = '', private_key_id: id = '' } = credentials;
  return [key, id, ...key.split('\n')].filter((secret) => secret.length >= 16 && !/^-----.*-----$/.test(secret));
}
