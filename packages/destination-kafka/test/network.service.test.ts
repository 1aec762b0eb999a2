import type { Attempt, Batch, Verdict } from '@grantex/core';
import { describe, expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { start } from '../../../tools/services/server.js';
import { proxy } from '../../../tools/services/toxiproxy.js';
import {
  cut,
  during,
  freeze,
  restart,
  sendThrough,
  type Fault,
  type Way,
} from '../../../tools/services/trial/network-trial.js';
import { watchRequests, type RequestWatch } from '../../../tools/services/trial/request-watch.js';
import { idsOf, QUICK, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import type { KafkaRecord } from '../src/encode.js';
import { KafkaDestination } from '../src/index.js';
import { KafkajsClient } from '../src/kafkajs-client.js';
import { ProducerSessions } from '../src/producer-sessions.js';
import { batches, clientOptions, idsOf as idsIn } from './batches.js';
import { eventIdOf, KafkaTopic, type StoredMessage } from './kafka-topic.js';

const COUNT = 20_000;

/** What the broker answers is dropped, and the connection ends half a second later: time enough for a request. */
const LOST_REPLIES = { type: 'timeout', attributes: { timeout: 500 }, stream: 'downstream' } as const;

/** The broker dies without a word, and is started again: it has its log to recover. */
function kill(watch: RequestWatch): Fault {
  return async () => {
    process.kill(Number(serviceAddress('kafka')?.KAFKA_PID), 'SIGKILL');
    await until(() => serviceAddress('kafka') === undefined);
    await watch.fails(1);
    const progress: string[] = [];
    const { kind } = await start('kafka', (line) => progress.push(line));
    if (kind !== 'ready') throw new Error(`Kafka did not come back: ${progress.join('; ')}`);
  };
}

function faults(way: Way, library: string): Fault[] {
  const { watch } = way;
  return [
    () => cut(way, 1),
    () => during(way, { type: 'latency', attributes: { latency: 30, jitter: 20 } }, watch.succeeds(5)),
    // Requests are truncated: nothing of them is stored.
    () => during(way, { type: 'limit_data', attributes: { bytes: 5_000 }, stream: 'upstream' }, watch.fails(1)),
    // Replies are lost: the requests are stored.
    () => during(way, LOST_REPLIES, watch.fails(1)),
    restart('kafka', watch, 1),
    // Nothing passes, until the attempt's time is over.
    () => during(way, { type: 'timeout', attributes: { timeout: 0 } }, watch.fails(1)),
    ...(library === 'kafkajs' ? [kill(watch)] : []), // once is enough: it takes 15 s
    freeze(() => Number(serviceAddress('kafka')?.KAFKA_PID), watch),
    () => during(way, { type: 'reset_peer', attributes: { timeout: 5 } }, watch.fails(1)),
  ];
}

/** Copies beside the first of each event, and whether the first copies of each key lie in the order in which they were sent. */
function judge(stored: readonly StoredMessage[], sent: readonly string[]) {
  const copies = new Map<string, number>();
  const place = new Map(sent.map((id, index) => [id, index]));
  const lastOfKey = new Map<string, number>();
  let outOfOrder = 0;
  for (const message of stored) {
    const id = eventIdOf(message);
    copies.set(id, (copies.get(id) ?? 0) + 1);
    if (copies.get(id) !== 1) continue;
    const at = place.get(id) ?? -1;
    if (at < (lastOfKey.get(message.key) ?? -1)) outOfOrder++;
    lastOfKey.set(message.key, at);
  }
  return { ids: [...copies.keys()].toSorted(), repeats: stored.length - copies.size, copies, outOfOrder };
}

/** Notes the attempts that were given up at their time-out. */
class TimedDestination extends KafkaDestination {
  /** By event: how many attempts that held it. */
  readonly givenUp = new Map<string, number>();

  protected override sendBatch(batch: Batch<KafkaRecord>, attempt: Attempt): Promise<Verdict> {
    const note = (): void => {
      for (const { event } of batch.items) this.givenUp.set(event.id, (this.givenUp.get(event.id) ?? 0) + 1);
    };
    attempt.signal.addEventListener('abort', note, { once: true });
    return super.sendBatch(batch, attempt).finally(() => {
      if (!attempt.signal.aborted) attempt.signal.removeEventListener('abort', note);
    });
  }
}

describe.each(['kafkajs', '@platformatic/kafka'] as const)('%s', (library) => {
  test(`${COUNT} events through cuts, truncation, lost replies, a freeze, the broker stopped and killed: nothing is missing, each key in order`, async (context) => {
    const { KAFKA_PROXY_UPSTREAM, KAFKA_PROXY_BROKERS } = needService('kafka', context);
    needService('toxiproxy', context);
    await using network = await proxy({ name: 'kafka', upstream: KAFKA_PROXY_UPSTREAM, listen: KAFKA_PROXY_BROKERS });
    await using topic = await KafkaTopic.create(6);
    const destination = new TimedDestination({
      ...QUICK,
      brokers: [KAFKA_PROXY_BROKERS],
      topic: topic.name,
      library,
      timeoutMs: 2_000,
    });
    const watch = watchRequests(destination);
    await using rig = await ServiceRig.start({ destination });
    const begunAt = performance.now();
    const events = await sendThrough(faults({ network, watch }, library), rig, COUNT);
    expect(await rig.source.stop()).toEqual({ remaining: [] });
    const seconds = ((performance.now() - begunAt) / 1_000).toFixed(1);

    const { ids, repeats, copies, outOfOrder } = judge(
      await topic.messages(),
      events.map(({ id }) => id),
    );
    console.log(`${library}: ${ids.length} events, ${repeats} repeats, sent in ${seconds} s; requests:`, watch.counts);
    expect(ids).toEqual(idsOf(events));
    expect(outOfOrder).toBe(0);
    expect(rig.stats).toMatchObject({ delivered: COUNT, deadLettered: 0, overrun: 0, lag: 0 });
    // With kafkajs only an attempt that was given up at its time-out may have left a repeat: what else comes again, the
    // broker knows. With the other one, each attempt that got no answer may have.
    const mayRepeat = library === 'kafkajs' ? destination.givenUp : watch.unanswered;
    const unexplained = [...copies].filter(([id, count]) => count - 1 > (mayRepeat.get(id) ?? 0));
    expect(unexplained).toEqual([]);
  });
});

test('a reply is lost, then another batch comes: a naive producer loses it, and this destination does not', async (context) => {
  const { KAFKA_PROXY_UPSTREAM, KAFKA_PROXY_BROKERS } = needService('kafka', context);
  needService('toxiproxy', context);
  await using network = await proxy({ name: 'kafka', upstream: KAFKA_PROXY_UPSTREAM, listen: KAFKA_PROXY_BROKERS });
  await using topic = await KafkaTopic.create();
  const client = new KafkajsClient({ ...clientOptions([KAFKA_PROXY_BROKERS]), topic: topic.name });
  const [before, ...rest] = batches(1, 10, 10, 1, 10, 10);
  const [naiveLost, naiveNext, between, lost, next] = rest;
  const recordsOf = (batch = before) => batch!.items.map(({ record }) => record);

  const naive = client.openSession();
  await naive.send(recordsOf());
  const toxic = await network.addToxic(LOST_REPLIES);
  await expect(naive.send(recordsOf(naiveLost))).rejects.toThrow(/connection/i);
  await network.removeToxic(toxic);
  await naive.send(recordsOf(naiveNext));
  naive.abandon();
  expect(await topic.ids()).toEqual(idsIn(before!, naiveLost!)); // naiveNext was acknowledged, and is not there

  const producers = new ProducerSessions({ client, most: 1, brokers: [KAFKA_PROXY_BROKERS], topic: topic.name });
  const never = new AbortController().signal;
  await producers.send(between!, never);
  const again = await network.addToxic(LOST_REPLIES);
  expect(await producers.send(lost!, never)).toMatchObject({ outcome: 'refused', code: 'DEST_NETWORK' });
  await network.removeToxic(again);
  expect(await producers.send(next!, never)).toEqual({ outcome: 'accepted' });
  await producers.close();
  expect(await topic.ids()).toEqual(idsIn(before!, naiveLost!, between!, lost!, next!));
});

test('replies are lost again and again, and the batch comes again: the broker keeps one copy', async (context) => {
  const { KAFKA_PROXY_UPSTREAM, KAFKA_PROXY_BROKERS } = needService('kafka', context);
  needService('toxiproxy', context);
  await using network = await proxy({ name: 'kafka', upstream: KAFKA_PROXY_UPSTREAM, listen: KAFKA_PROXY_BROKERS });
  await using topic = await KafkaTopic.create(3);
  const destination = new KafkaDestination({ ...QUICK, brokers: [KAFKA_PROXY_BROKERS], topic: topic.name });
  const watch = watchRequests(destination);
  await using rig = await ServiceRig.start({ destination });
  const events = recentEvents(1_200);
  /** Events that were stored while nobody had been told so, at the end of each outage. */
  const storedUnheard: number[] = [];
  for (let round = 0; round < 6; round++) {
    const isWarm = round > 0; // The first connection has been made, so that it is a request whose reply is lost.
    const toxic = isWarm ? await network.addToxic(LOST_REPLIES) : undefined;
    rig.publish(events.slice(round * 200, (round + 1) * 200));
    if (toxic !== undefined) {
      await watch.fails(1);
      storedUnheard.push((await topic.size()) - rig.stats.delivered);
      await network.removeToxic(toxic);
    }
    await rig.settled((round + 1) * 200);
  }
  expect(storedUnheard).toHaveLength(5);
  expect(Math.min(...storedUnheard)).toBeGreaterThan(0);
  expect((await topic.ids()).toSorted()).toEqual(idsOf(events));
});
