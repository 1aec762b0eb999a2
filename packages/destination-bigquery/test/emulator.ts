import { randomUUID } from 'node:crypto';
import type { ServiceAddresses } from '../../../tools/services/address.js';
import { without } from '../../../tools/services/trial/network-trial.js';

/** A dataset of one test in the emulator, and what is in its table. It is deleted at the end of the block. */
export class StoredRows implements AsyncDisposable {
  readonly options: {
    readonly projectId: string;
    readonly datasetId: string;
    readonly tableId: string;
    readonly apiEndpoint: string;
    readonly storageApiEndpoint: string;
  };
  readonly #url: string;

  private constructor(address: ServiceAddresses['bigquery']) {
    this.options = {
      projectId: address.BIGQUERY_PROJECT,
      datasetId: `test_${randomUUID().slice(0, 8)}`,
      tableId: 'events',
      apiEndpoint: address.BIGQUERY_API_ENDPOINT,
      storageApiEndpoint: `http://${address.BIGQUERY_STORAGE_EMULATOR_HOST}`,
    };
    this.#url = `${address.BIGQUERY_API_ENDPOINT}/bigquery/v2/projects/${address.BIGQUERY_PROJECT}`;
  }

  static async create(address: ServiceAddresses['bigquery']): Promise<StoredRows> {
    const rows = new StoredRows(address);
    const { projectId, datasetId } = rows.options;
    await rows.#call('POST', '/datasets', { datasetReference: { projectId, datasetId } });
    return rows;
  }

  /** Columns by name, of every row. */
  async rows(columns = 'event_id'): Promise<readonly Readonly<Record<string, string>>[]> {
    const { projectId, datasetId, tableId } = this.options;
    const query = `SELECT ${columns} FROM \`${projectId}.${datasetId}.${tableId}\``;
    const answer = (await this.#call('POST', '/queries', { query, useLegacySql: false, maxResults: 100_000 })) as Rows;
    const names = answer.schema.fields.map(({ name }) => name);
    const rows = answer.rows ?? [];
    if (rows.length !== Number(answer.totalRows))
      throw new Error(`${rows.length} of ${answer.totalRows} rows were read`);
    return rows.map(({ f }) => Object.fromEntries(f.map(({ v }, index) => [names[index] ?? '', v])));
  }

  /** The ids of all rows, repeats included. */
  async ids(): Promise<string[]> {
    return (await this.rows()).map((row) => row['event_id'] ?? '');
  }

  table(): Promise<unknown> {
    return this.#call('GET', `/datasets/${this.options.datasetId}/tables/${this.options.tableId}`);
  }

  async dropTable(): Promise<void> {
    await this.#call('DELETE', `/datasets/${this.options.datasetId}/tables/${this.options.tableId}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call('DELETE', `/datasets/${this.options.datasetId}?deleteContents=true`);
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  }
}

interface Rows {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  readonly rows?: readonly { readonly f: readonly { readonly v: string }[] }[];
  readonly totalRows: string;
}

/**
 * Restarts the emulator. It has six workers for gRPC and loses one for good now and then when a connection breaks in a call; and
 * it stands still for good when a query over REST and an append over gRPC meet at a bad moment.
 */
export function freshEmulator(): Promise<void> {
  return without('bigquery', async () => {});
}
