import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { makeEvent } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { idsOf, QUICK, recentEvents, ServiceRig } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import { KafkaDestination, type KafkaOptions } from '../src/index.js';
import { KafkaTopic } from './kafka-topic.js';

const LIBRARIES = ['kafkajs', '@platformatic/kafka'] as const;
const WRONG = 'not-the-password';

function events(count: number): GrantexEvent[] {
  return recentEvents(count) as unknown as GrantexEvent[];
}

/** Sends the events with a destination of its own. */
async function deliver(sent: readonly GrantexEvent[], options: KafkaOptions): Promise<void> {
  await using destination = new KafkaDestination(options);
  await destination.send([...sent]);
  await destination.flush();
}

describe.each(LIBRARIES)('%s', (library) => {
  test('events arrive as they are, with key, headers and time', async (context) => {
    const { KAFKA_BROKERS } = needService('kafka', context);
    await using topic = await KafkaTopic.create(3);
    const sent = events(250);
    await deliver(sent, { brokers: [KAFKA_BROKERS], topic: topic.name, library });
    const stored = await topic.messages();
    const byId = new Map(stored.map((message) => [message.headers['event-id'], message]));
    expect(stored).toHaveLength(sent.length);
    for (const event of sent) {
      const { grantId, agentId, principalId } = event.data as unknown as Record<string, string | undefined>;
      expect(byId.get(event.id)).toMatchObject({
        key: grantId ?? agentId ?? principalId ?? event.id,
        value: JSON.stringify(event),
        headers: { 'event-type': event.type, 'event-id': event.id },
        timestamp: Date.parse(event.createdAt),
      });
    }
    // Within a partition they lie in the order in which they were sent.
    const place = new Map(sent.map(({ id }, index) => [id, index]));
    for (const partition of [0, 1, 2]) {
      const places = stored
        .filter((one) => one.partition === partition)
        .map(({ headers }) => place.get(headers['event-id'] ?? ''));
      expect(places).toEqual(places.toSorted((one = 0, other = 0) => one - other));
    }
  });

  test.for(['gzip', 'zstd'] as const)('compressed with %s', async (compression, context) => {
    const { KAFKA_BROKERS } = needService('kafka', context);
    await using topic = await KafkaTopic.create();
    const sent = events(200);
    await deliver(sent, { brokers: [KAFKA_BROKERS], topic: topic.name, library, compression });
    expect(await topic.ids()).toEqual(sent.map(({ id }) => id));
  });

  test.for(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'logged in by %s, with and without TLS',
    async (mechanism, context) => {
      const kafka = needService('kafka', context);
      const sasl = { mechanism, username: kafka.KAFKA_SASL_USERNAME, password: kafka.KAFKA_SASL_PASSWORD };
      await using topic = await KafkaTopic.create();
      const [first, second] = [events(3), events(3)];
      await deliver(first, { brokers: [kafka.KAFKA_SASL_BROKERS], topic: topic.name, library, sasl });
      await deliver(second, {
        brokers: [kafka.KAFKA_SASL_TLS_BROKERS],
        topic: topic.name,
        library,
        sasl,
        tls: { ca: kafka.KAFKA_TLS_CA },
      });
      expect(await topic.ids()).toEqual([...first, ...second].map(({ id }) => id));
    },
  );

  test('check(): each thing that is wrong has its own message', async (context) => {
    const kafka = needService('kafka', context);
    await using topic = await KafkaTopic.create(4);
    await using missing = await KafkaTopic.create(0);
    const sasl = {
      mechanism: 'scram-sha-256',
      username: kafka.KAFKA_SASL_USERNAME,
      password: kafka.KAFKA_SASL_PASSWORD,
    } as const;
    const good = {
      brokers: [kafka.KAFKA_SASL_TLS_BROKERS],
      topic: topic.name,
      tls: { ca: kafka.KAFKA_TLS_CA },
      sasl,
      library,
      timeoutMs: 10_000,
    } satisfies KafkaOptions;
    const cases: [Partial<KafkaOptions>, RegExp][] = [
      [{}, /^topic test-\S+ is there, with 4 partition\(s\)/],
      [
        { brokers: ['no-such-host.invalid:9092'] },
        /^the host of no-such-host\.invalid:9092 is not known; check brokers/,
      ],
      [{ brokers: ['127.0.0.1:1'] }, /^127\.0\.0\.1:1 refused the connection; check brokers/],
      [{ tls: {} }, /^127\.0\.0\.1:\d+: the TLS certificate of the service is not trusted: .*tls\.ca/],
      [{ sasl: { ...sasl, password: WRONG } }, /check sasl: mechanism, username and password$/],
      [
        { sasl: { mechanism: 'plain', username: 'nobody', password: WRONG } },
        /check sasl: mechanism, username and password$/,
      ],
      [{ topic: missing.name }, /UNKNOWN_TOPIC_OR_PARTITION .*create it, or check topic$/],
    ];
    for (const [change, message] of cases) {
      await using destination = new KafkaDestination({ ...good, ...change });
      const result = await destination.check();
      expect(result).toEqual({
        ok: Object.keys(change).length === 0,
        message: expect.stringMatching(message),
      });
      expect(result.message).not.toContain(WRONG);
    }
    // A port without TLS, and one that wants a login.
    for (const change of [{ brokers: [kafka.KAFKA_SASL_TLS_BROKERS] }, { brokers: [kafka.KAFKA_SASL_BROKERS] }]) {
      await using destination = new KafkaDestination({ ...change, topic: topic.name, library, timeoutMs: 10_000 });
      expect(await destination.check()).toEqual({
        ok: false,
        message: expect.stringMatching(/check tls(,| and) sasl/),
      });
    }
    expect(await missing.exists()).toBe(false);
  });

  test('sendTest(): one event arrives', async (context) => {
    const { KAFKA_BROKERS } = needService('kafka', context);
    await using topic = await KafkaTopic.create();
    await using destination = new KafkaDestination({ brokers: [KAFKA_BROKERS], topic: topic.name, library });
    const { ok, eventId, query } = await destination.sendTest();
    expect(ok).toBe(true);
    expect(query).toBe(`topic ${topic.name}, header event-id = ${eventId}`);
    expect(await topic.messages()).toMatchObject([{ headers: { 'event-id': eventId, 'event-type': 'grantex.test' } }]);
  });

  test('no such topic: holds, says so once, and goes on when it is there; it is not created', async (context) => {
    const { KAFKA_BROKERS } = needService('kafka', context);
    await using topic = await KafkaTopic.create(0);
    await using rig = await ServiceRig.start({
      destination: new KafkaDestination({ ...QUICK, brokers: [KAFKA_BROKERS], topic: topic.name, library }),
    });
    const sent = recentEvents(120);
    rig.publish(sent);
    await until(() => rig.stats.requests >= 4 && rig.stats.lag === 120);
    expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0, deadLettered: 0 });
    expect(await topic.exists()).toBe(false);
    await topic.createNow(1);
    await rig.settled(120);
    expect(await topic.ids()).toEqual(sent.map(({ id }) => id));
    expect(rig.loud).toEqual([
      expect.stringMatching(
        /^warn: kafka: holding, nothing is lost\. Kafka, topic \S+: UNKNOWN_TOPIC.*create it, or check topic/,
      ),
    ]);
  });

  test('a wrong password: holds, says so once, and nothing of it is in a message', async (context) => {
    const { KAFKA_SASL_BROKERS, KAFKA_SASL_USERNAME } = needService('kafka', context);
    await using topic = await KafkaTopic.create();
    await using rig = await ServiceRig.start({
      destination: new KafkaDestination({
        ...QUICK,
        brokers: [KAFKA_SASL_BROKERS],
        topic: topic.name,
        library,
        sasl: { mechanism: 'plain', username: KAFKA_SASL_USERNAME, password: WRONG },
      }),
    });
    rig.publish(recentEvents(30));
    await until(() => rig.stats.requests >= 2 && rig.stats.lag === 30);
    expect(rig.stats).toMatchObject({ state: 'holding', delivered: 0, deadLettered: 0 });
    expect(rig.loud).toEqual([
      expect.stringMatching(/holding, nothing is lost\..*check sasl: mechanism, username and password/),
    ]);
    for (const line of rig.lines) expect(line).not.toContain(WRONG);
  });

  test('an event that the topic finds too large becomes a dead letter; its neighbours arrive', async (context) => {
    const { KAFKA_BROKERS } = needService('kafka', context);
    await using topic = await KafkaTopic.create(1, { 'max.message.bytes': '20000' });
    const letters: NewDeadLetter[] = [];
    await using rig = await ServiceRig.start({
      destination: new KafkaDestination({
        ...QUICK,
        brokers: [KAFKA_BROKERS],
        topic: topic.name,
        library,
        onDeadLetter: (letter) => void letters.push(letter),
      }),
    });
    const large = makeEvent('grant.created', { data: { padding: 'x'.repeat(30_000) } });
    const sent = recentEvents(60).toSpliced(30, 1, large);
    rig.publish(sent);
    await rig.settled(60);
    expect(new Set(await topic.ids())).toEqual(new Set(idsOf(sent).filter((id) => id !== large.id)));
    expect(letters).toMatchObject([
      {
        eventId: large.id,
        code: 'DEST_TOO_LARGE',
        reason: expect.stringMatching(/MESSAGE_TOO_LARGE .*max\.message\.bytes/),
      },
    ]);
  });
});

test('either library puts the same key into the same partition', async (context) => {
  const { KAFKA_BROKERS } = needService('kafka', context);
  const sent = events(300);
  const [one, other] = await Promise.all(
    LIBRARIES.map(async (library) => {
      await using topic = await KafkaTopic.create(6);
      await deliver(sent, { brokers: [KAFKA_BROKERS], topic: topic.name, library });
      return (await topic.messages()).map(({ key, partition }) => `${key} ${partition}`);
    }),
  );
  expect(new Set(one).size).toBeGreaterThan(50);
  expect(other).toEqual(one);
});

test('a token that the brokers do not take: they are asked with the one that token() returns', async (context) => {
  const { KAFKA_SASL_TLS_BROKERS, KAFKA_TLS_CA } = needService('kafka', context);
  for (const library of LIBRARIES) {
    await using destination = new KafkaDestination({
      brokers: [KAFKA_SASL_TLS_BROKERS],
      topic: 'none',
      library,
      tls: { ca: KAFKA_TLS_CA },
      sasl: { mechanism: 'oauthbearer' },
      token: () => 'a-token',
      timeoutMs: 10_000,
    });
    const { ok, message } = await destination.check();
    expect(ok).toBe(false);
    expect(message).toMatch(/UNSUPPORTED_SASL_MECHANISM .*check sasl\.mechanism/);
  }
});
