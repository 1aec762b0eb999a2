import { isIP, type Socket } from 'node:net';
import { DestinationError } from '@grantex/core';
import type { BaseOptions, Connection, MessageToProduce, Producer } from '@platformatic/kafka';
import {
  FIRST_RETRY_MS,
  LONGEST_RETRY_MS,
  SEND_RETRIES,
  type ClientOptions,
  type KafkaClient,
  type ProducerSession,
} from './client.js';
import type { KafkaRecord } from './encode.js';
import { hostOf } from './options.js';

type Library = typeof import('@platformatic/kafka');
type TextProducer = Producer<string, string, string, string>;
type Sasl = NonNullable<BaseOptions['sasl']>;

/** The younger library, which has to be installed beside this package: @platformatic/kafka 2.12.1 or later. */
export class PlatformaticClient implements KafkaClient {
  /** After an error it asks for a new producer id. */
  readonly repeatsNumbers = false;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  openSession(): ProducerSession {
    return new PlatformaticSession(this.#options);
  }

  async countPartitions(signal: AbortSignal): Promise<number> {
    const { topic } = this.#options;
    const library = await load();
    signal.throwIfAborted();
    // One try for each broker.
    const client = new library.Base({ ...common(this.#options), retries: 0 });
    const connections = new Connections(client);
    const onAbort = (): void => connections.abandon();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const metadata = await client.metadata({ topics: [topic], forceUpdate: true });
      return metadata.topics.get(topic)?.partitionsCount ?? 0;
    } finally {
      signal.removeEventListener('abort', onAbort);
      connections.abandon();
    }
  }
}

class PlatformaticSession implements ProducerSession {
  readonly #options: ClientOptions;
  #producer: TextProducer | undefined;
  #connections: Connections | undefined;
  #isAbandoned = false;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async send(records: readonly KafkaRecord[]): Promise<readonly number[]> {
    const { topic, compression } = this.#options;
    const library = await load();
    if (this.#isAbandoned) throw new DestinationError('DEST_NETWORK', 'given up');
    const producer = (this.#producer ??= this.#open(library));
    const messages = records.map(
      ({ key, value, headers, timestamp }): MessageToProduce<string, string, string, string> => ({
        topic,
        key,
        value,
        headers: { ...headers },
        timestamp: BigInt(timestamp),
      }),
    );
    await producer.send({ messages, compression, acks: library.ProduceAcks.ALL, idempotent: true });
    return [];
  }

  abandon(): void {
    this.#isAbandoned = true;
    this.#connections?.abandon();
  }

  async close(): Promise<void> {
    this.#isAbandoned = true;
    await this.#producer?.close(true);
    this.#connections?.abandon();
  }

  #open(library: Library): TextProducer {
    const producer = new library.Producer<string, string, string, string>({
      ...common(this.#options),
      idempotent: true,
      retries: SEND_RETRIES,
      serializers: library.stringSerializers,
      // Java's and kafkajs's: its own would put the same key elsewhere.
      partitioner: (message, key) => library.compatibilityPartitioner(message, key),
    });
    this.#connections = new Connections(producer);
    return producer;
  }
}

interface Closable {
  on(event: string, listener: (...details: never[]) => void): unknown;
  close(): unknown;
}

/** The sockets of one client. */
class Connections {
  readonly #client: Closable;
  readonly #sockets = new Set<Socket>();

  constructor(client: Closable) {
    this.#client = client;
    client.on('client:broker:connect', ({ connection }: { readonly connection: Connection }) => {
      const { socket } = connection;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    client.on('error', () => {}); // What fails comes back as an error of the call.
  }

  abandon(): void {
    void this.#client.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function load(): Promise<Library> {
  try {
    return await import('@platformatic/kafka');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DestinationError(
      'DEST_MISCONFIGURED',
      `the library @platformatic/kafka cannot be loaded (${why}): install it (npm install @platformatic/kafka), or change library`,
      { cause: error },
    );
  }
}

function common(options: ClientOptions): BaseOptions {
  const { brokers, clientId, tls, requestTimeoutMs, connectTimeoutMs } = options;
  const sasl = saslOf(options);
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    autocreateTopics: false,
    timeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectTimeout: connectTimeoutMs,
    metadataMaxAge: 300_000,
    retryDelay: (_client, _operation, attempt) => Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1)),
    ...(tls !== undefined && { tls }),
    // Whoever is reached by a number has no name to be asked for.
    ...(tls !== undefined && brokers.some((broker) => isIP(hostOf(broker)) === 0) && { tlsServerName: true }),
    ...(sasl !== undefined && { sasl }),
  };
}

const MECHANISMS = {
  plain: 'PLAIN',
  'scram-sha-256': 'SCRAM-SHA-256',
  'scram-sha-512': 'SCRAM-SHA-512',
  oauthbearer: 'OAUTHBEARER',
} as const;

function saslOf({ sasl, token }: ClientOptions): Sasl | undefined {
  if (sasl === undefined) return undefined;
  const { username = '', password = '' } = sasl;
  const mechanism = MECHANISMS[sasl.mechanism];
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password };
  return { mechanism, token: async () => (await token?.()) ?? '' };
}
