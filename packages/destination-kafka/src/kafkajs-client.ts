import type { Socket } from 'node:net';
import type { Admin, ISocketFactory, Kafka, Producer, RetryOptions, SASLOptions } from 'kafkajs';
import {
  CONNECT_RETRIES,
  FIRST_RETRY_MS,
  LONGEST_RETRY_MS,
  SEND_RETRIES,
  type ClientOptions,
  type KafkaClient,
  type ProducerSession,
} from './client.js';
import type { KafkaRecord } from './encode.js';
import { loadKafkajs, type Kafkajs } from './kafkajs.js';
import { stickyPartitioner } from './sticky-partitioner.js';
import { connectTo } from './connect.js';

/** The built-in library: kafkajs 2. */
export class KafkajsClient implements KafkaClient {
  readonly repeatsNumbers = true;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  openSession(): ProducerSession {
    return new KafkajsSession(this.#options);
  }

  async countPartitions(signal: AbortSignal): Promise<number> {
    const { brokers, topic } = this.#options;
    const connections = new Connections();
    const onAbort = (): void => connections.abandon();
    signal.addEventListener('abort', onAbort, { once: true });
    let admin: Admin | undefined;
    try {
      const library = await loadKafkajs();
      const retry = { ...retries(0), retries: brokers.length - 1 }; // one try for each broker
      admin = kafka(library, this.#options, connections, retry).admin();
      signal.throwIfAborted();
      await admin.connect();
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions.length ?? 0;
    } finally {
      signal.removeEventListener('abort', onAbort);
      await admin?.disconnect();
      connections.abandon();
    }
  }
}

class KafkajsSession implements ProducerSession {
  readonly #options: ClientOptions;
  readonly #connections = new Connections();
  readonly #partitioner = stickyPartitioner();
  #connected: Promise<Producer> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async send(records: readonly KafkaRecord[]): Promise<readonly number[]> {
    const { topic, compression, requestTimeoutMs } = this.#options;
    const library = await loadKafkajs();
    const producer = await this.#connect(library);
    const results = await producer.send({
      topic,
      messages: [...records],
      acks: -1,
      timeout: requestTimeoutMs,
      compression: library.compressionTypes[compression],
    });
    const acknowledged = new Set(results.map(({ partition }) => partition));
    // When a leader moves to a broker that has answered already, kafkajs takes the records of that partition for sent.
    return records.flatMap((record, index) => {
      const partition = this.#partitioner.partitionOf(record);
      return partition !== undefined && acknowledged.has(partition) ? [] : [index];
    });
  }

  abandon(): void {
    this.#connections.abandon();
  }

  async close(): Promise<void> {
    try {
      await (await this.#connected)?.disconnect();
    } catch {
      // It never connected, or the connection is broken: there is nothing to say goodbye to.
    } finally {
      this.#connections.abandon();
    }
  }

  /** Without an id from the broker kafkajs would send without idempotence, so a failed connect is made up for first. */
  async #connect(library: Kafkajs): Promise<Producer> {
    this.#connected ??= this.#open(library);
    try {
      return await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
  }

  async #open(library: Kafkajs): Promise<Producer> {
    const producer = kafka(library, this.#options, this.#connections, retries(CONNECT_RETRIES)).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: this.#partitioner.wrap(library.defaultPartitioner),
      retry: retries(SEND_RETRIES),
    });
    try {
      await producer.connect();
      return producer;
    } catch (error) {
      await producer.disconnect().catch(() => {}); // The failure to connect says more.
      throw error;
    }
  }
}

/** The sockets of one client. kafkajs has no way to end what is under way, and goes on after a `disconnect()`. */
class Connections {
  readonly #sockets = new Set<Socket>();
  #isAbandoned = false;

  readonly open: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (this.#isAbandoned) throw new Error('given up');
    const socket = connectTo(host, port, ssl, onConnect);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  };

  abandon(): void {
    this.#isAbandoned = true;
    // Only an error makes kafkajs end the requests on the socket.
    for (const socket of this.#sockets) socket.destroy(socket.writableEnded ? undefined : new Error('given up'));
  }
}

function kafka(library: Kafkajs, options: ClientOptions, connections: Connections, retry: RetryOptions): Kafka {
  const { brokers, clientId, tls, requestTimeoutMs, connectTimeoutMs, log } = options;
  const sasl = saslOf(options);
  return new library.Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls !== undefined && { ssl: tls }),
    ...(sasl !== undefined && { sasl }),
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    socketFactory: connections.open,
    logLevel: library.logLevel.INFO,
    // It logs as errors what it retries: what matters comes back as an error of send().
    logCreator: () => (entry) => log(`kafkajs: ${entry.log.message}`),
  });
}

/** Every number is given, because kafkajs has others while NODE_ENV is `test`. */
function retries(count: number): RetryOptions {
  return {
    retries: count,
    initialRetryTime: FIRST_RETRY_MS,
    maxRetryTime: LONGEST_RETRY_MS,
    multiplier: 2,
    factor: 0.2,
  };
}

function saslOf({ sasl, token }: ClientOptions): SASLOptions | undefined {
  if (sasl === undefined) return undefined;
  const { mechanism, username = '', password = '' } = sasl;
  if (mechanism !== 'oauthbearer') return { mechanism, username, password };
  return { mechanism, oauthBearerProvider: async () => ({ value: (await token?.()) ?? '' }) };
}
