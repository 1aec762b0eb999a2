import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readRecordBatch, type FakeRecord, type RecordBatch } from './record-batch.js';
import { array, int16, int32, int64, int8, noString, Reader, string } from './wire.js';

export const TOPIC = 'audit';

/** One request to store records. */
export interface ProduceRequest {
  /** The broker that was asked, from 1. */
  readonly broker: number;
  readonly batches: ReadonlyMap<number, RecordBatch>;
}

/** What a broker does with it. */
export interface ProduceAnswer {
  /** The error code of a partition. @defaultValue 0 for all */
  readonly code?: (partition: number) => number;
  /** Whether records of partitions without an error are stored. @defaultValue true */
  readonly stores?: boolean;
  /** @defaultValue 'answer' */
  readonly reply?: 'answer' | 'reset' | 'never';
}

export interface FakeClusterOptions {
  /** @defaultValue 1 */
  readonly brokers?: number;
  /** The broker that leads each partition, from 1. @defaultValue [1] */
  readonly leaders?: readonly number[];
  /** Whether repeats of a producer are dropped, as a real broker does by their numbers. @defaultValue true */
  readonly remembersProducers?: boolean;
}

interface Stored extends FakeRecord {
  readonly partition: number;
}

const APIS = { produce: 0, metadata: 3, handshake: 17, versions: 18, initProducerId: 22, authenticate: 36 } as const;
/** Key, lowest and highest version. Old ones, whose layout is simple. */
const VERSIONS = [
  [APIS.produce, 3, 3],
  [APIS.metadata, 4, 4],
  [APIS.handshake, 1, 1],
  [APIS.versions, 0, 0],
  [APIS.initProducerId, 0, 0],
  [APIS.authenticate, 0, 0],
] as const;

/** Brokers on loopback that keep one topic in memory and fail as they are told. Written from Kafka's protocol guide. */
export class FakeCluster implements AsyncDisposable {
  /** What was stored, in the order in which it was. */
  readonly stored: Stored[] = [];
  /** Every request to store records, whatever was answered. */
  readonly requests: ProduceRequest[] = [];
  /** Producers that have asked for an id. */
  producers = 0;
  /** The leader of each partition. */
  leaders: readonly number[];
  answer: (request: ProduceRequest) => ProduceAnswer = () => ({});
  /** The error code of the topic, where metadata is asked for. */
  topicCode = 0;
  /** What a login is refused with. */
  loginRefusal: string | undefined;
  /** New connections are reset. */
  isCut = false;
  /** Called when something was refused before any records were asked to be stored: a connection, a login, the topic. */
  onRefused: () => void = () => {};
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #remembersProducers: boolean;
  /** By producer and partition: the numbers of the last batches. */
  readonly #seen = new Map<string, RecordBatch[]>();

  private constructor({ leaders = [1], remembersProducers = true }: FakeClusterOptions) {
    this.leaders = leaders;
    this.#remembersProducers = remembersProducers;
  }

  static async start(options: FakeClusterOptions = {}): Promise<FakeCluster> {
    const cluster = new FakeCluster(options);
    for (let broker = 1; broker <= (options.brokers ?? 1); broker++) {
      const server = createServer((socket) => cluster.#serve(socket, broker)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      cluster.#servers.push(server);
    }
    return cluster;
  }

  /** Host and port of each. */
  get addresses(): string[] {
    return this.#servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  /** Of everything stored, in order. */
  get ids(): string[] {
    return this.stored.map(({ headers }) => headers['event-id'] ?? 'none');
  }

  /** Ends every connection, and refuses those that come until `isCut` is false again. */
  cut(): void {
    this.isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #serve(socket: Socket, broker: number): void {
    if (this.isCut) {
      socket.resetAndDestroy();
      this.onRefused();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {}); // The client went away.
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const end = 4 + received.readInt32BE(0);
        this.#take(received.subarray(4, end), socket, broker);
        received = received.subarray(end);
      }
    });
  }

  #take(bytes: Buffer, socket: Socket, broker: number): void {
    const request = new Reader(bytes);
    const [api, version, correlationId] = [request.int16(), request.int16(), request.int32()];
    request.string(); // client id
    const body = this.#reply(api, version, request, broker);
    if (body === 'reset') {
      socket.resetAndDestroy();
    } else if (body !== 'never') {
      const answer = Buffer.concat([int32(correlationId), body]);
      socket.write(Buffer.concat([int32(answer.length), answer]));
    }
  }

  #reply(api: number, version: number, request: Reader, broker: number): Buffer | 'reset' | 'never' {
    switch (api) {
      case APIS.versions: {
        const known = array(VERSIONS.map((numbers) => Buffer.concat(numbers.map((number) => int16(number)))));
        return Buffer.concat([int16(version === 0 ? 0 : 35), known]);
      }
      case APIS.handshake:
        return Buffer.concat([int16(0), array([string('PLAIN')])]);
      case APIS.authenticate: {
        const refusal = this.loginRefusal;
        if (refusal !== undefined) this.onRefused();
        return Buffer.concat([int16(refusal === undefined ? 0 : 58), string(refusal ?? ''), int32(0)]);
      }
      case APIS.metadata:
        return this.#metadata();
      case APIS.initProducerId:
        this.producers++;
        return Buffer.concat([int32(0), int16(0), int64(BigInt(this.producers)), int16(0)]);
      case APIS.produce:
        return this.#produce(request, broker);
      default:
        throw new Error(`the fake broker does not know API ${api}`);
    }
  }

  #metadata(): Buffer {
    const brokers = this.addresses.map((address, index) => {
      const [host = '', port] = address.split(':');
      return Buffer.concat([int32(index + 1), string(host), int32(Number(port)), noString()]);
    });
    const partitions = this.leaders.map((leader, partition) =>
      Buffer.concat([int16(0), int32(partition), int32(leader), array([int32(leader)]), array([int32(leader)])]),
    );
    const isKnown = this.topicCode === 0;
    if (!isKnown) this.onRefused();
    const topic = [int16(this.topicCode), string(TOPIC), int8(0), array(isKnown ? partitions : [])];
    return Buffer.concat([int32(0), array(brokers), string('fake'), int32(1), array([Buffer.concat(topic)])]);
  }

  #produce(request: Reader, broker: number): Buffer | 'reset' | 'never' {
    request.string(); // transactional id
    request.int16(); // acknowledgements
    request.int32(); // time-out
    const [batches = new Map<number, RecordBatch>()] = request.array(() => {
      request.string(); // topic
      return new Map(request.array(() => [request.int32(), readRecordBatch(request.bytes())]));
    });
    const asked = { broker, batches };
    this.requests.push(asked);
    const { code = () => 0, stores = true, reply = 'answer' } = this.answer(asked);
    const answers = [...batches].map(([partition, batch]) => {
      const error = code(partition);
      const isStored = error === 0 && stores;
      const stored = isStored ? this.#store(partition, batch) : error;
      return Buffer.concat([int32(partition), int16(stored), int64(0n), int64(-1n)]);
    });
    if (reply !== 'answer') return reply;
    return Buffer.concat([array([Buffer.concat([string(TOPIC), array(answers)])]), int32(0)]);
  }

  /** Returns the error code. The rules are those of `ProducerAppendInfo` and `ProducerStateEntry` in Kafka's source. */
  #store(partition: number, batch: RecordBatch): number {
    const name = `${batch.producerId}/${partition}`;
    const seen = this.#seen.get(name) ?? [];
    if (this.#remembersProducers) {
      const isRepeat = seen.some((one) => one.firstSequence === batch.firstSequence && last(one) === last(batch));
      if (isRepeat) return 0;
      const previous = seen.at(-1);
      if (previous !== undefined && batch.firstSequence !== last(previous) + 1) return 45;
    }
    this.#seen.set(name, [...seen, batch].slice(-5));
    this.stored.push(...batch.records.map((record) => ({ ...record, partition })));
    return 0;
  }
}

/** The number of its last record. */
function last({ firstSequence, records }: RecordBatch): number {
  return firstSequence + records.length - 1;
}
