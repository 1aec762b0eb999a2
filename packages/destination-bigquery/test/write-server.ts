import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { v1 } from '@google-cloud/bigquery-storage';
import type { DestinationRequest } from '@grantex/testing';
import { TABLE_PATH } from './rig.js';
import { TcpRelay } from './tcp-relay.js';

/** A small BigQueryWrite service on loopback that keeps places as the real one does, and fails as it is told. */

const here = createRequire(import.meta.url);
const client = createRequire(here.resolve('@google-cloud/bigquery-storage'));
const { grpc, GrpcClient } = client('google-gax') as {
  readonly grpc: Grpc;
  readonly GrpcClient: new () => { loadProtoJSON(json: unknown): Protos };
};
const { service } = new GrpcClient().loadProtoJSON(client('../protos/protos.json')).google.cloud.bigquery.storage.v1
  .BigQueryWrite;

/** What happens to the requests that come: an answer in the call, the end of the call, or something on the line. */
export type Treatment =
  | { readonly answer: { readonly code: number; readonly message: string } }
  | { readonly badRows: ReadonlyMap<string, string> }
  | { readonly end: { readonly code: number; readonly message: string } }
  | 'cut'
  | 'store and cut'
  | 'hang';

/** Undefined: all is well. `ids` are empty for methods other than AppendRows. */
export type TreatmentRule = (ids: readonly string[], method: Method) => Treatment | undefined;
export type Method = 'createWriteStream' | 'getWriteStream' | 'appendRows';

const COLUMNS = [
  { name: 'event_id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'event_type', type: 'STRING', mode: 'REQUIRED' },
  { name: 'created_at', type: 'TIMESTAMP', mode: 'REQUIRED' },
  { name: 'data', type: 'JSON', mode: 'NULLABLE' },
];

export class WriteServer implements AsyncDisposable {
  readonly url: string;
  /** Requests of AppendRows, in the order in which they came. */
  readonly requests: (DestinationRequest & { readonly stream: string; readonly offset: number | undefined })[] = [];
  /** The ids of the rows in the table. */
  readonly ids: string[] = [];
  /** The stream in which each request was stored. */
  readonly streams = new Map<string, string[]>();
  /** Headers of the calls. */
  readonly metadata: Record<string, unknown>[] = [];
  /** The columns of the table; none: it is not there. */
  columns: readonly object[] | undefined = COLUMNS;
  rule: TreatmentRule = () => undefined;
  readonly #server: Server;
  readonly #relay: TcpRelay;
  #made = 0;

  private constructor(server: Server, relay: TcpRelay, scheme: string) {
    this.#server = server;
    this.#relay = relay;
    this.url = `${scheme}://127.0.0.1:${relay.port}`;
    server.addService(service, {
      createWriteStream: (call: Unary, reply: Reply) => this.#unary('createWriteStream', call, reply),
      getWriteStream: (call: Unary, reply: Reply) => this.#unary('getWriteStream', call, reply),
      appendRows: (call: Duplex) => {
        this.metadata.push(call.metadata.getMap());
        call.on('data', (request) => this.#append(call, request));
        call.on('end', () => call.end());
        call.on('error', () => {}); // It was cut.
      },
    });
  }

  static async start({ tls }: { readonly tls?: { key: string; cert: string } } = {}): Promise<WriteServer> {
    const server = new grpc.Server();
    const credentials =
      tls === undefined
        ? grpc.ServerCredentials.createInsecure()
        : grpc.ServerCredentials.createSsl(null, [
            { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) },
          ]);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    return new WriteServer(server, await TcpRelay.start(port), tls === undefined ? 'http' : 'https');
  }

  /** From now on every stream but the default one is unknown. */
  forgetStreams(): void {
    this.streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    this.#server.forceShutdown();
  }

  #unary(method: Method, { request, metadata }: Unary, reply: Reply): void {
    this.metadata.push(metadata.getMap());
    const treatment = this.rule([], method);
    if (treatment === 'hang') return;
    if (treatment === 'cut' || treatment === 'store and cut') return this.#relay.cut();
    if (treatment !== undefined && 'end' in treatment) return reply(treatment.end);
    const table = request.parent ?? request.name?.replace(/\/streams\/.*$/, '');
    if (table !== TABLE_PATH || this.columns === undefined) return reply(notFound(`table ${String(table)}`));
    const name = method === 'createWriteStream' ? `${TABLE_PATH}/streams/s${++this.#made}` : request.name;
    if (method === 'createWriteStream') this.streams.set(name ?? '', []);
    return reply(null, { name, type: 'COMMITTED', tableSchema: { fields: this.columns } });
  }

  #append(call: Duplex, { writeStream: stream, offset, protoRows }: AppendRequest): void {
    const rows = protoRows.rows.serializedRows;
    const ids = rows.map(idOfRow);
    const digest = createHash('sha256').update(`${stream}@${offset?.value}`).update(Buffer.concat(rows)).digest('hex');
    this.requests.push({ ids, digest, stream, offset: offset === null ? undefined : Number(offset.value) });
    const treatment = this.rule(ids, 'appendRows');
    if (treatment === 'hang') return;
    if (treatment === 'cut') {
      this.#relay.cut();
      return;
    }
    const answer = isObject(treatment)
      ? answerFor(treatment, ids)
      : this.#store(stream, offset === null ? undefined : Number(offset.value), ids);
    if (treatment === 'store and cut') this.#relay.cut();
    else if ('end' in answer) call.emit('error', answer.end as object);
    else call.write(answer);
  }

  /** The rules of places, from the comments of storage.proto. */
  #store(stream: string, offset: number | undefined, ids: readonly string[]): object {
    if (this.columns === undefined) return { end: notFound('table') };
    const isDefault = stream === `${TABLE_PATH}/streams/_default`;
    const rows = isDefault ? [] : this.streams.get(stream);
    if (rows === undefined) return { end: notFound(`stream ${stream}`) };
    if (offset !== undefined && offset < rows.length) return { error: { code: 6, message: 'offset already exists' } };
    if (offset !== undefined && offset > rows.length) return { error: { code: 11, message: 'offset beyond the end' } };
    const at = rows.length;
    rows.push(...ids);
    this.ids.push(...ids);
    return { appendResult: isDefault ? {} : { offset: { value: at } } };
  }
}

type Told = Exclude<Treatment, string>;

function isObject(treatment: Treatment | undefined): treatment is Told {
  return typeof treatment === 'object';
}

function answerFor(treatment: Told, ids: readonly string[]): object {
  if ('end' in treatment) return treatment;
  if ('answer' in treatment) return { error: treatment.answer };
  return {
    error: { code: 3, message: 'Errors found while processing rows.' },
    rowErrors: ids.flatMap((id, index) =>
      treatment.badRows.has(id) ? [{ index, code: 'FIELDS_ERROR', message: treatment.badRows.get(id) }] : [],
    ),
  };
}

function notFound(what: string): { code: number; details: string } {
  return { code: 5, details: `Requested entity was not found: ${what}` };
}

/** The first field of the message: a tag, a length, and the id. */
function idOfRow(row: Uint8Array): string {
  let length = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7, at++) {
    const byte = row[at] ?? 0;
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return Buffer.from(row.subarray(at + 1, at + 1 + length)).toString();
}

/** A client of the user's own, for this service. */
export function ownClient({ url }: WriteServer): v1.BigQueryWriteClient {
  const { hostname, port, protocol } = new URL(url);
  return new v1.BigQueryWriteClient({
    projectId: 'acme-audit',
    apiEndpoint: hostname,
    port: Number(port),
    // Encrypted, it is without Google's token server, which tests do not reach.
    sslCreds: (protocol === 'https:' ? grpc.credentials.createSsl() : grpc.credentials.createInsecure()) as never,
    universeDomain: 'googleapis.com',
  });
}

interface Metadata {
  getMap(): Record<string, unknown>;
}

interface Unary {
  readonly request: { readonly parent?: string; readonly name?: string };
  readonly metadata: Metadata;
}

type Reply = (error: object | null, value?: object) => void;

interface AppendRequest {
  readonly writeStream: string;
  readonly offset: { readonly value: string } | null;
  readonly protoRows: { readonly rows: { readonly serializedRows: readonly Buffer[] } };
}

interface Duplex {
  readonly metadata: Metadata;
  on(event: 'data', listener: (request: AppendRequest) => void): void;
  on(event: 'end' | 'error', listener: () => void): void;
  emit(event: 'error', error: object): void;
  write(answer: object): void;
  end(): void;
}

interface Server {
  addService(definition: unknown, implementation: object): void;
  bindAsync(address: string, credentials: unknown, done: (error: Error | null, port: number) => void): void;
  forceShutdown(): void;
}

interface Grpc {
  readonly credentials: { createInsecure(): unknown; createSsl(): unknown };
  readonly Server: new () => Server;
  readonly ServerCredentials: {
    createInsecure(): unknown;
    createSsl(authority: null, pairs: readonly { private_key: Buffer; cert_chain: Buffer }[]): unknown;
  };
}

interface Protos {
  readonly google: {
    readonly cloud: {
      readonly bigquery: {
        readonly storage: { readonly v1: { readonly BigQueryWrite: { readonly service: unknown } } };
      };
    };
  };
}
