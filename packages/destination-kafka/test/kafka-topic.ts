import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { serviceAddress } from '../../../tools/services/address.js';
import { until } from '../../../tools/services/trial/until.js';
import { loadKafkajs } from '../src/kafkajs.js';

export interface StoredMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

/** A topic of its own on the real broker, created and read back past every proxy, and deleted at the end. */
export class KafkaTopic implements AsyncDisposable {
  readonly name = `test-${randomUUID()}`;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  #read: readonly StoredMessage[] = [];

  private constructor(kafka: Kafka) {
    this.#kafka = kafka;
    this.#admin = kafka.admin();
  }

  /** `partitions: 0`: only the name, for now. */
  static async create(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<KafkaTopic> {
    const { Kafka, logLevel } = await loadKafkajs();
    const { KAFKA_BROKERS } = serviceAddress('kafka') ?? { KAFKA_BROKERS: '' };
    const topic = new KafkaTopic(new Kafka({ brokers: [KAFKA_BROKERS], logLevel: logLevel.NOTHING }));
    await topic.#admin.connect();
    if (partitions > 0) await topic.createNow(partitions, config);
    return topic;
  }

  async createNow(numPartitions: number, config: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const topics = [{ topic: this.name, numPartitions, replicationFactor: 1, configEntries }];
    await this.#admin.createTopics({ topics, waitForLeaders: false });
    await whenKnown(() => this.#admin.fetchTopicOffsets(this.name));
  }

  async exists(): Promise<boolean> {
    return (await this.#admin.listTopics()).includes(this.name);
  }

  /** Messages in the topic. */
  async size(): Promise<number> {
    const ends = await whenKnown(() => this.#admin.fetchTopicOffsets(this.name));
    return ends.reduce((sum, { offset }) => sum + Number(offset), 0);
  }

  /** Everything in the topic, by partition and offset. */
  async messages(): Promise<readonly StoredMessage[]> {
    if ((await this.size()) !== this.#read.length) this.#read = await this.#consume();
    return this.#read;
  }

  async #consume(): Promise<StoredMessage[]> {
    const ends = await whenKnown(() => this.#admin.fetchTopicOffsets(this.name));
    const wanted = new Map(ends.map(({ partition, offset }) => [partition, Number(offset)]));
    const stored: StoredMessage[] = [];
    const left = (): number => [...wanted.values()].reduce((sum, count) => sum + count, 0) - stored.length;
    const consumer: Consumer = this.#kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic: this.name, fromBeginning: true });
    await consumer.run({
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { key, value, headers = {}, offset, timestamp } of messages) {
          const texts = Object.entries(headers).map(([name, header]) => [name, String(header)]);
          stored.push({
            partition,
            offset: Number(offset),
            key: String(key),
            value: String(value),
            headers: Object.fromEntries(texts) as Record<string, string>,
            timestamp: Number(timestamp),
          });
        }
      },
    });
    await until(() => left() === 0);
    await consumer.disconnect();
    return stored.toSorted((one, other) => one.partition - other.partition || one.offset - other.offset);
  }

  /** The ids of the events, in the order in which they are stored. */
  async ids(): Promise<string[]> {
    return (await this.messages()).map(eventIdOf);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.deleteTopics({ topics: [this.name] }).catch(async (error: unknown) => {
      if (await this.exists()) throw error; // There may never have been one.
    });
    await this.#admin.disconnect();
  }
}

export function eventIdOf({ headers }: StoredMessage): string {
  return headers['event-id'] ?? 'none';
}

/** A broker may say for a moment that it does not know, or does not lead, what was just created. */
async function whenKnown<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!['UNKNOWN_TOPIC_OR_PARTITION', 'NOT_LEADER_FOR_PARTITION'].includes((error as { type?: string }).type ?? ''))
        throw error;
      await sleep(20);
    }
  }
}
