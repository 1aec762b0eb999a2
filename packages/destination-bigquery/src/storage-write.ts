import {
  accepted,
  type Attempt,
  type Batch,
  type BatchingParts,
  type CheckResult,
  type GrantexEvent,
  type Verdict,
} from '@grantex/core';
import type { Access } from './access.js';
import type { AppendConnection, AppendRequest } from './append-connection.js';
import { classifyAppend, type AppendAnswer } from './classify-append.js';
import { describeColumns } from './classify.js';
import type { ResolvedBigQueryOptions } from './options.js';
import { encodeRow, ROW_DESCRIPTOR } from './protobuf.js';
import type { RestApi } from './rest-api.js';
import { explainStatus, STATUS, statusOf } from './status.js';
import { placeFromState, placeToState, StreamPlaces, type Place } from './stream-places.js';
import type { Row, Way } from './way.js';
import { defaultStream, type WriteClient } from './write-client.js';

/** Statuses that are an answer to the request although they end the call; the others say nothing about it. */
const ANSWERS: ReadonlySet<number> = new Set([
  STATUS.INVALID_ARGUMENT,
  STATUS.NOT_FOUND,
  STATUS.ALREADY_EXISTS,
  STATUS.FAILED_PRECONDITION,
  STATUS.OUT_OF_RANGE,
]);

/** The Storage Write API over gRPC: every batch has a place in a stream, and is stored there once. */
export class StorageWrite implements Way {
  readonly #options: ResolvedBigQueryOptions;
  readonly #batching: BatchingParts;
  readonly #client: WriteClient;
  readonly #access: Access;
  readonly #api: RestApi;
  readonly #places: StreamPlaces;
  /** Batches whose stream was gone, with their new places. */
  readonly #moved = new WeakMap<Batch<Row>, Place>();
  /** Streams of this process: whatever was sent to them is known here. */
  readonly #ownStreams = new Set<string>();
  #connection: AppendConnection | undefined;

  constructor(
    options: ResolvedBigQueryOptions,
    batching: BatchingParts,
    parts: { readonly client: WriteClient; readonly access: Access; readonly api: RestApi },
  ) {
    this.#options = options;
    this.#batching = batching;
    this.#client = parts.client;
    this.#access = parts.access;
    this.#api = parts.api;
    this.#places = new StreamPlaces((signal) => this.#openStream(signal));
  }

  encode(event: GrantexEvent): Row {
    return encodeRow(event);
  }

  async openBatch(batch: Batch<Row>, signal: AbortSignal): Promise<string> {
    return placeToState(await this.#places.take(idsOf(batch), signal));
  }

  async send(batch: Batch<Row>, { number, signal }: Attempt): Promise<Verdict> {
    // Without a state it is a single test event.
    if (batch.state === undefined) return this.#sendTest(batch, signal);
    const place = this.#moved.get(batch) ?? placeFromState(batch.state, this.#options.tablePath);
    if (place === undefined) return this.#sendAnew(batch, signal, 'its place is in another table');
    const meaning = classifyAppend(await this.#append(batch, place, signal), batch.size);
    if (typeof meaning !== 'string') return this.#note(place, batch, meaning, number);
    this.#places.gone(place.stream);
    const isSurelyMissing = meaning === 'place missing' || (number === 1 && this.#ownStreams.has(place.stream));
    return this.#sendAnew(batch, signal, isSurelyMissing ? undefined : 'its write stream is not there any more');
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    if (this.#options.createTable) await this.#api.ensureTable(signal);
    const result = describeColumns(await this.#client.getColumns(this.#access));
    if (!result.ok) return result;
    // Shows that we may write, and the first batch will need it.
    await this.#places.ready(signal);
    return { ok: true, message: 'the table is there, its columns fit, and a write stream is open' };
  }

  async release(): Promise<void> {
    this.#connection?.close();
    await this.#client.close();
    await this.#api.close();
  }

  /** Sends the batch to a place in a new stream. `doubt`: why nobody knows whether it is stored already. */
  async #sendAnew(batch: Batch<Row>, signal: AbortSignal, doubt: string | undefined): Promise<Verdict> {
    const place = await this.#places.take(idsOf(batch), signal);
    this.#moved.set(batch, place);
    if (doubt !== undefined) {
      const [first] = batch.items;
      this.#batching.logger.warn(
        `${this.#batching.name}: ${batch.size} event(s) from ${first?.event.id ?? ''} on are written to a new stream, because ${doubt}; if an earlier try had stored them, they are in the table twice`,
      );
    }
    const meaning = classifyAppend(await this.#append(batch, place, signal), batch.size);
    if (typeof meaning !== 'string') return this.#note(place, batch, meaning, Infinity);
    this.#places.gone(place.stream);
    throw new Error(`the new write stream is not there either: ${place.stream}`);
  }

  /** Keeps the places in step with what is known now. */
  #note(place: Place, batch: Batch<Row>, verdict: Verdict, attempt: number): Verdict {
    if (verdict.outcome === 'accepted') {
      this.#places.stored(place, batch.size);
    } else if (verdict.outcome === 'partly accepted' && attempt === 1 && batch.size > 1) {
      // At the first attempt nothing of it is under way any more, and its parts will have places of their own.
      this.#places.free(place);
    }
    return verdict;
  }

  async #sendTest(batch: Batch<Row>, signal: AbortSignal): Promise<Verdict> {
    if (this.#options.createTable) await this.#api.ensureTable(signal);
    const place = { stream: defaultStream(this.#options.tablePath), offset: undefined };
    const answer = await this.#append(batch, place, signal);
    if (answer.status === STATUS.NOT_FOUND) throw explainStatus(errorOf(answer), this.#options.storageUrl);
    const meaning = classifyAppend(answer, batch.size);
    return typeof meaning === 'string' ? accepted() : meaning;
  }

  async #append(
    batch: Batch<Row>,
    { stream, offset }: { readonly stream: string; readonly offset: number | undefined },
    signal: AbortSignal,
  ): Promise<AppendAnswer> {
    const request: AppendRequest = {
      writeStream: stream,
      ...(offset !== undefined && { offset: { value: offset } }),
      protoRows: {
        writerSchema: { protoDescriptor: ROW_DESCRIPTOR },
        rows: { serializedRows: batch.items.map(({ record }) => record as Uint8Array) },
      },
    };
    const connection = await this.#connect(stream);
    try {
      const { error, rowErrors } = await connection.append(request, signal);
      const status = error?.code ?? 0;
      // After a refusal BigQuery may refuse everything on this connection.
      if (status !== 0) connection.close();
      return { status, message: error?.message ?? '', ...(rowErrors != null && { rowErrors }) };
    } catch (error) {
      const status = statusOf(error);
      if (status !== undefined && ANSWERS.has(status)) return { status, message: (error as Error).message };
      throw explainStatus(error, this.#options.storageUrl);
    }
  }

  async #connect(stream: string): Promise<AppendConnection> {
    const connection = this.#connection;
    if (connection?.isOpen === true && connection.stream === stream) return connection;
    connection?.close();
    return (this.#connection = await this.#client.connect(stream));
  }

  async #openStream(signal: AbortSignal): Promise<string> {
    if (this.#options.createTable) await this.#api.ensureTable(signal);
    const stream = await orAborted(this.#client.createStream(this.#access), signal);
    this.#ownStreams.add(stream);
    return stream;
  }
}

function idsOf(batch: Batch<Row>): string[] {
  return batch.items.map(({ event }) => event.id);
}

function errorOf({ status, message }: AppendAnswer): Error {
  return Object.assign(new Error(message), { code: status });
}

/** gRPC's own calls know no signals; they end by their own time limit. */
async function orAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  return Promise.race([
    promise,
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    ),
  ]);
}
