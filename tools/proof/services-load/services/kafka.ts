import { loadKafkajs } from '../../../../packages/destination-kafka/src/kafkajs.ts';
import { serviceAddress } from '../../../services/address.ts';
import type { DestinationUnderLoad, StoredIds } from '../destination-under-load.ts';
import { addressOf } from './needed-address.ts';

const BATCH_SIZE = 1_000;
const PARTITIONS = 6;
/** Without anything new for so long, the rest does not come. */
const SILENCE_MS = 20_000;

type Admin = ReturnType<InstanceType<Awaited<ReturnType<typeof loadKafkajs>>['Kafka']>['admin']>;

/** Kafka, with a topic for each run; read back by a consumer. Each partition, and so each key, shows its order. */
export async function kafkaUnderLoad(run: string): Promise<DestinationUnderLoad> {
  const { KAFKA_BROKERS: broker } = addressOf('kafka', serviceAddress('kafka'));
  const { Kafka, logLevel } = await loadKafkajs();
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING });
  await asAdmin((admin) =>
    admin.createTopics({
      topics: [{ topic: run, numPartitions: PARTITIONS, replicationFactor: 1 }],
      waitForLeaders: true,
    }),
  );

  /** For a moment only: the broker is stopped meanwhile. */
  async function asAdmin<Value>(act: (admin: Admin) => Promise<Value>): Promise<Value> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await act(admin);
    } finally {
      await admin.disconnect();
    }
  }

  return {
    name: 'kafka',
    batchSize: BATCH_SIZE,
    settings: { brokers: [broker], topic: run, batchSize: BATCH_SIZE },
    async *stored(): AsyncGenerator<StoredIds> {
      const ends = await asAdmin((admin) => admin.fetchTopicOffsets(run));
      let left = ends.reduce((sum, { offset }) => sum + Number(offset), 0);
      const consumer = kafka.consumer({ groupId: run, maxWaitTimeInMs: 50 });
      await consumer.connect();
      try {
        await consumer.subscribe({ topic: run, fromBeginning: true });
        let arrived: StoredIds[] = [];
        let heardAt = Date.now();
        await consumer.run({
          eachBatch: async ({ batch: { partition, messages } }) => {
            heardAt = Date.now();
            const ids = messages.map(({ headers }) => String(headers?.['event-id'] ?? 'none'));
            arrived.push({ ids, lane: String(partition) });
          },
        });
        while (left > 0) {
          if (Date.now() > heardAt + SILENCE_MS) throw new Error(`Kafka does not give the last ${left} messages`);
          await new Promise((resolve) => setTimeout(resolve, 20));
          const taken = arrived;
          arrived = [];
          for (const part of taken) left -= part.ids.length;
          yield* taken;
        }
      } finally {
        await consumer.disconnect();
      }
    },
    async discard() {
      await asAdmin((admin) => admin.deleteTopics({ topics: [run] }));
    },
  };
}
