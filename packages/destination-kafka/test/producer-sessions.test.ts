import { expect, test, vi } from 'vitest';
import { OwnTimers } from '../../core/test/own-timers.js';
import { KafkajsClient } from '../src/kafkajs-client.js';
import { ProducerSessions } from '../src/producer-sessions.js';
import { batches, clientOptions, idsOf } from './batches.js';
import { FakeCluster, TOPIC, type FakeClusterOptions, type ProduceRequest } from './fake-cluster/fake-cluster.js';

const never = new AbortController().signal;

async function rig(options: FakeClusterOptions = {}, most = 1) {
  const cluster = await FakeCluster.start(options);
  const client = new KafkajsClient(clientOptions(cluster.addresses));
  const producers = new ProducerSessions({ client, most, brokers: cluster.addresses, topic: TOPIC });
  return {
    cluster,
    client,
    producers,
    async [Symbol.asyncDispose]() {
      await producers.close();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

/** The next request is stored, and the connections break before the answer: they cannot be opened again, until `mend`. */
function loseTheNextAnswer(cluster: FakeCluster): void {
  cluster.answer = () => {
    cluster.answer = () => ({});
    cluster.isCut = true;
    return { reply: 'reset' };
  };
}

test('the trap: a producer whose failed batch is replaced by another one acknowledges what was never stored', async () => {
  await using it = await rig();
  const session = it.client.openSession();
  const [first, second] = batches(3, 3);
  loseTheNextAnswer(it.cluster);
  await expect(session.send(first!.items.map(({ record }) => record))).rejects.toThrow(/connection/i);
  it.cluster.isCut = false;
  await session.send(second!.items.map(({ record }) => record)); // This is what a naive destination would believe.
  expect(it.cluster.ids).toEqual(idsOf(first!));
  session.abandon();
});

test('a reply is lost, then another batch comes: it gets another producer, and both are stored', async () => {
  await using it = await rig();
  const [first, second] = batches(3, 3);
  loseTheNextAnswer(it.cluster);
  expect(await it.producers.send(first!, never)).toMatchObject({ outcome: 'refused', code: 'DEST_NETWORK' });
  it.cluster.isCut = false;
  expect(await it.producers.send(second!, never)).toEqual({ outcome: 'accepted' });
  expect(it.cluster.ids).toEqual(idsOf(first!, second!));
  expect(it.cluster.producers).toBe(2);
});

test.each(['a whole', 'its halves'])(
  'a reply is lost, then the batch again, as %s: nothing is missing',
  async (what) => {
    await using it = await rig();
    const [batch] = batches(4);
    loseTheNextAnswer(it.cluster);
    await it.producers.send(batch!, never);
    it.cluster.isCut = false;
    for (const part of what === 'its halves' ? batch!.halves() : [batch!]) {
      expect(await it.producers.send(part, never)).toEqual({ outcome: 'accepted' });
    }
    expect(new Set(it.cluster.ids)).toEqual(new Set(idsOf(batch!)));
    // The identical batch is known again; halves are not.
    expect(it.cluster.ids).toHaveLength(what === 'its halves' ? 8 : 4);
    expect(it.cluster.producers).toBe(what === 'its halves' ? 2 : 1);
  },
);

test('a batch that was not stored comes again on the same producer, and the next ones follow', async () => {
  await using it = await rig();
  const [first, second, third] = batches(3, 3, 2);
  it.cluster.answer = () => ({ code: () => 8 });
  expect(await it.producers.send(first!, never)).toMatchObject({ outcome: 'refused', code: 'DEST_UNAVAILABLE' });
  it.cluster.answer = () => ({});
  for (const batch of [first!, second!, third!]) await it.producers.send(batch, never);
  expect(it.cluster.ids).toEqual(idsOf(first!, second!, third!));
  expect(it.cluster.producers).toBe(1);
});

test('an attempt that is given up while it is under way sends nothing any more', async () => {
  await using it = await rig();
  const [first, second] = batches(3, 3);
  it.cluster.answer = () => ({ stores: false, reply: 'never' });
  const attempt = new AbortController();
  const sending = it.producers.send(first!, attempt.signal);
  await vi.waitUntil(() => it.cluster.requests.length === 1);
  attempt.abort(new Error('no answer within 120000 ms'));
  await expect(sending).rejects.toThrow('no answer within');

  it.cluster.answer = () => ({});
  await it.producers.send(first!, never);
  await it.producers.send(second!, never);
  expect(it.cluster.ids).toEqual(idsOf(first!, second!));
  expect(it.cluster.requests).toHaveLength(3);
});

test('an attempt that is given up between two tries of kafkajs sends nothing any more', async () => {
  await using it = await rig();
  const [first] = batches(3);
  it.cluster.answer = () => ({ code: () => 7 }); // REQUEST_TIMED_OUT, which kafkajs tries again
  const attempt = new AbortController();
  const sending = it.producers.send(first!, attempt.signal);
  await vi.waitUntil(() => it.cluster.requests.length === 2);
  attempt.abort(new Error('stopped'));
  it.cluster.answer = () => ({});
  await expect(sending).rejects.toThrow('stopped');
  expect(it.cluster.requests).toHaveLength(2);
  expect(it.cluster.stored).toEqual([]);
});

test('an attempt that is given up before it begins does nothing', async () => {
  await using it = await rig();
  await expect(it.producers.send(batches(1)[0]!, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  expect(it.cluster.producers).toBe(0);
});

test('the broker has lost the thread: even the same batch gets another producer', async () => {
  await using it = await rig();
  const [first] = batches(3);
  it.cluster.answer = () => ({ code: () => 45 }); // OUT_OF_ORDER_SEQUENCE_NUMBER
  expect(await it.producers.send(first!, never)).toMatchObject({ outcome: 'refused', code: 'DEST_UNAVAILABLE' });
  it.cluster.answer = () => ({});
  expect(await it.producers.send(first!, never)).toEqual({ outcome: 'accepted' });
  expect(it.cluster.ids).toEqual(idsOf(first!));
  expect(it.cluster.producers).toBe(2);
});

test('kafkajs takes a partition for sent whose leader moved to a broker that had answered: it comes again', async () => {
  await using it = await rig({ brokers: 2, leaders: [1, 2] });
  const [batch] = batches(20);
  it.cluster.answer = ({ broker }: ProduceRequest) => {
    if (broker === 1) return {};
    it.cluster.leaders = [1, 1];
    return { code: () => 6 }; // NOT_LEADER_OR_FOLLOWER
  };
  const verdict = await it.producers.send(batch!, never);
  if (verdict.outcome !== 'partly accepted') throw new Error(`the verdict is: ${verdict.outcome}`);
  const refused = [...verdict.refusals.keys()];
  const stored = new Set(it.cluster.ids);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused).toEqual(batch!.items.flatMap(({ event }, index) => (stored.has(event.id) ? [] : [index])));
});

test('the topic gets more partitions between two tries: each message stays where it was first sent to', async () => {
  await using it = await rig({ leaders: [1, 1] });
  const [batch] = batches(40);
  it.cluster.answer = () => {
    it.cluster.answer = () => ({});
    it.cluster.leaders = [1, 1, 1, 1, 1];
    return { code: (partition) => (partition === 0 ? 6 : 0) };
  };
  expect(await it.producers.send(batch!, never)).toEqual({ outcome: 'accepted' });
  expect(it.cluster.ids.toSorted()).toEqual(idsOf(batch!).toSorted());
  expect(new Set(it.cluster.stored.map(({ partition }) => partition))).toEqual(new Set([0, 1]));
});

test('batches side by side: each has a producer of its own, and lost replies lose nothing', async () => {
  await using it = await rig({}, 3);
  const all = batches(3, 3, 3, 3, 3, 3);
  it.cluster.answer = () => {
    it.cluster.answer = () => ({});
    return { reply: 'reset' };
  };
  const verdicts = await Promise.all(all.slice(0, 3).map((batch) => it.producers.send(batch, never)));
  expect(verdicts).toEqual(Array.from({ length: 3 }, () => ({ outcome: 'accepted' })));
  await Promise.all(all.slice(3).map((batch) => it.producers.send(batch, never)));
  expect(it.cluster.ids.toSorted()).toEqual(idsOf(...all).toSorted());
  expect(it.cluster.producers).toBe(3);
});

test('no topic: told at once, and noticed when it is there', async () => {
  await using it = await rig();
  const [batch] = batches(2);
  it.cluster.topicCode = 3;
  expect(await it.producers.send(batch!, never)).toMatchObject({
    outcome: 'refused',
    code: 'DEST_MISCONFIGURED',
    message: expect.stringMatching(/^Kafka, topic audit: UNKNOWN_TOPIC_OR_PARTITION .*create it, or check topic$/),
  });
  it.cluster.topicCode = 0;
  expect(await it.producers.send(batch!, never)).toEqual({ outcome: 'accepted' });
});

test('an idle producer of kafkajs has no timer but the one for requests that are lost', async () => {
  await using it = await rig();
  using timers = new OwnTimers();
  await timers.during(() => it.producers.send(batches(1)[0]!, never));
  await vi.waitUntil(() => timers.pending <= 1);
  expect(timers.pending).toBe(1);
});
