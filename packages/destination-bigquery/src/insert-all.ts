import type { Attempt, Batch, BatchingParts, CheckResult, GrantexEvent, Verdict } from '@grantex/core';
import { joinBytes, refused } from '@grantex/core';
import { classifyInsert, classifyTable } from './classify.js';
import { encodeInsert } from './encode.js';
import type { ResolvedBigQueryOptions } from './options.js';
import type { RestApi } from './rest-api.js';
import type { Row, Way } from './way.js';

/** The streaming insert over REST: at least once, a verdict for each row. */
export class InsertAll implements Way {
  readonly #options: ResolvedBigQueryOptions;
  readonly #batching: BatchingParts;
  readonly #api: RestApi;
  #isTableSure: boolean;

  constructor(options: ResolvedBigQueryOptions, batching: BatchingParts, api: RestApi) {
    this.#options = options;
    this.#batching = batching;
    this.#api = api;
    this.#isTableSure = !options.createTable;
  }

  encode(event: GrantexEvent): Row {
    return encodeInsert(event);
  }

  async send(batch: Batch<Row>, { signal }: Attempt): Promise<Verdict> {
    await this.#ensureTable(signal);
    // Without skipInvalidRows one bad row would keep all others out.
    const body = await batch.prepare(() =>
      joinBytes(
        batch.items.map(({ record }) => record as string),
        { before: '{"skipInvalidRows":true,"rows":[', between: ',', after: ']}' },
      ),
    );
    const reply = await this.#api.insertAll(body, signal);
    if (reply.status === 404 && this.#options.createTable) {
      this.#isTableSure = false;
      return refused('DEST_UNAVAILABLE', 'BigQuery does not know the table yet; that takes minutes after it was made', {
        statusCode: reply.status,
      });
    }
    return classifyInsert(reply, this.#batching.clock.now(), batch.size);
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    return classifyTable(await this.#api.getTable(signal), this.#batching.clock.now(), this.#options.createTable);
  }

  async release(): Promise<void> {
    await this.#api.close();
  }

  async #ensureTable(signal: AbortSignal): Promise<void> {
    if (this.#isTableSure) return;
    await this.#api.ensureTable(signal);
    this.#isTableSure = true;
  }
}
