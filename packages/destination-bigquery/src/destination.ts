import {
  BatchingDestination,
  type Attempt,
  type Batch,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import { Access, type GoogleAuth } from './access.js';
import { InsertAll } from './insert-all.js';
import { BIGQUERY_DEFAULTS, resolveOptions, type BigQueryOptions, type ResolvedBigQueryOptions } from './options.js';
import { RestApi } from './rest-api.js';
import { StorageWrite } from './storage-write.js';
import type { Row, Way } from './way.js';
import { WriteClient } from './write-client.js';

/** Delivers events to a table of Google BigQuery. */
export class BigQueryDestination extends BatchingDestination<Row> {
  protected override openBatch?: (batch: Batch<Row>, signal: AbortSignal) => Promise<string>;
  readonly #options: ResolvedBigQueryOptions;
  readonly #access: Access;
  readonly #way: Way;

  /** Throws an `OptionError` that names every option that is wrong. */
  constructor(options: BigQueryOptions) {
    const resolved = resolveOptions(options);
    super(BIGQUERY_DEFAULTS, resolved, resolved.secrets);
    this.#options = resolved;
    const isStorageWrite = resolved.mode === 'storage-write';
    const client = new WriteClient(resolved, this.batching.timeoutMs);
    const access = new Access(isStorageWrite ? async () => (await client.get()).auth : () => authOf(resolved));
    const api = new RestApi(resolved, this.batching, access);
    this.#access = access;
    this.#way = isStorageWrite
      ? new StorageWrite(resolved, this.batching, { client, access, api })
      : new InsertAll(resolved, this.batching, api);
    const way = this.#way;
    // Only a destination that has this hook gets its batches with their members as they were before a restart.
    if (way.openBatch !== undefined) this.openBatch = way.openBatch.bind(way);
  }

  protected override encode(event: GrantexEvent): Row {
    return this.#way.encode(event);
  }

  protected override sendBatch(batch: Batch<Row>, attempt: Attempt): Promise<Verdict> {
    return this.#way.send(batch, attempt);
  }

  protected override checkService(signal: AbortSignal): Promise<CheckResult> {
    return this.#way.check(signal);
  }

  protected override queryFor(event: GrantexEvent): string {
    const { projectId, datasetId, tableId } = this.#options;
    const id = event.id.replaceAll(/['\\]/g, '\\$&');
    return `SELECT * FROM \`${projectId}.${datasetId}.${tableId}\` WHERE event_id = '${id}'`;
  }

  protected override redact(text: string): string {
    return this.#access.redact(super.redact(text));
  }

  protected override async release(): Promise<void> {
    await this.#way.release();
  }
}

/** The user's client knows how to get tokens; else one is made for that. */
async function authOf({ client, projectId, keyFilename, credentials }: ResolvedBigQueryOptions): Promise<GoogleAuth> {
  if (client !== undefined && 'authClient' in client) return client.authClient;
  const { BigQuery } = await import('@google-cloud/bigquery');
  const options = {
    projectId,
    ...(keyFilename !== undefined && { keyFilename }),
    ...(credentials !== undefined && { credentials }),
  };
  return new BigQuery(options).authClient;
}
