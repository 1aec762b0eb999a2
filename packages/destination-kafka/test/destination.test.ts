import type { GrantexEvent } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { KafkaDestination, type KafkaOptions } from '../src/index.js';
import { FakeCluster, TOPIC } from './fake-cluster/fake-cluster.js';

function destinationFor(cluster: FakeCluster, options: Partial<KafkaOptions> = {}): KafkaDestination {
  return new KafkaDestination({ brokers: cluster.addresses, topic: TOPIC, ...options });
}

function events(count: number): GrantexEvent[] {
  return makeEvents(count) as unknown as GrantexEvent[];
}

test.each(['none', 'gzip', 'zstd'] as const)('compression: %s', async (compression) => {
  await using cluster = await FakeCluster.start();
  await using destination = destinationFor(cluster, { compression });
  const sent = events(20);
  await destination.send(sent);
  await destination.flush();
  const [batch] = cluster.requests[0]?.batches.values() ?? [];
  expect(batch?.compression).toBe(compression);
  expect(cluster.stored.map(({ value }) => value)).toEqual(sent.map((event) => JSON.stringify(event)));
});

test('one producer for all batches', async () => {
  await using cluster = await FakeCluster.start();
  await using destination = destinationFor(cluster, { batchSize: 10 });
  const sent = events(50);
  await destination.send(sent);
  await destination.flush();
  expect(cluster.requests).toHaveLength(5);
  expect(cluster.producers).toBe(1);
  expect(cluster.ids).toEqual(sent.map(({ id }) => id));
});

test('no batch of records is larger than a topic takes', async () => {
  await using cluster = await FakeCluster.start();
  await using destination = destinationFor(cluster, { batchSize: 10_000 });
  const padding = 'x'.repeat(50_000);
  const sent = events(60).map((event) => ({ ...event, data: { ...event.data, padding } })) as unknown as GrantexEvent[];
  await destination.send(sent);
  await destination.flush();
  expect(cluster.ids).toEqual(sent.map(({ id }) => id));
  for (const { batches } of cluster.requests) {
    const bytes = [...batches.values()]
      .flatMap(({ records }) => records)
      .reduce((sum, { value }) => sum + value.length, 0);
    expect(bytes).toBeLessThanOrEqual(1_000_000);
  }
  expect(cluster.requests).toHaveLength(4);
});

test('a partition whose leader moved to a broker that had answered: every event is stored', async () => {
  await using cluster = await FakeCluster.start({ brokers: 2, leaders: [1, 2] });
  await using destination = destinationFor(cluster);
  cluster.answer = ({ broker }) => {
    if (broker === 1) return {};
    cluster.leaders = [1, 1];
    return { code: () => 6 }; // NOT_LEADER_OR_FOLLOWER
  };
  const sent = events(40);
  await destination.send(sent);
  await destination.flush();
  expect(cluster.ids.toSorted()).toEqual(sent.map(({ id }) => id).toSorted());
});

test('check(): the topic may not be seen, or is there', async () => {
  await using cluster = await FakeCluster.start({ leaders: [1, 1, 1] });
  await using destination = destinationFor(cluster);
  cluster.topicCode = 29;
  expect(await destination.check()).toEqual({
    ok: false,
    message: expect.stringMatching(
      /^Kafka, topic audit: TOPIC_AUTHORIZATION_FAILED .*allow WRITE and DESCRIBE, or check sasl$/,
    ),
  });
  cluster.topicCode = 0;
  expect(await destination.check()).toMatchObject({
    ok: true,
    message: expect.stringContaining('with 3 partition(s)'),
  });
  expect(cluster.requests).toEqual([]);
});

test('lines of the library are for debugging', async () => {
  await using cluster = await FakeCluster.start();
  const lines: string[] = [];
  const note = (level: string) => (line: string) => void lines.push(`${level}: ${line}`);
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  await using destination = destinationFor(cluster, { logger });
  cluster.answer = () => {
    cluster.answer = () => ({});
    return { code: () => 7 }; // REQUEST_TIMED_OUT, which kafkajs tells as an error, and tries again
  };
  await destination.send(events(3));
  await destination.flush();
  expect(cluster.ids).toHaveLength(3);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^debug: kafka: kafkajs: /);
});
