import { Buffer } from 'node:buffer';
import { compatibilityPartitioner } from '@platformatic/kafka';
import { expect, test } from 'vitest';
import { loadKafkajs } from '../src/kafkajs.js';

/** Hashes of Java's client, from `UtilsTest.testMurmur2` in Kafka's source. */
const JAVA = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
] as const;

test.each(JAVA)("the key %j lies in Java's partition, with either library", async (key, hash) => {
  const { defaultPartitioner } = await loadKafkajs();
  const partition = defaultPartitioner();
  for (const count of [1, 6, 50, 97]) {
    const wanted = (hash & 0x7fffffff) % count;
    const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 1,
      replicas: [1],
      isr: [1],
    }));
    expect(partition({ topic: 'audit', partitionMetadata, message: { key, value: '' } })).toBe(wanted);
    expect(compatibilityPartitioner({ topic: 'audit' }, Buffer.from(key)) % count).toBe(wanted);
  }
});
