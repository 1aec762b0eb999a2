import type { Attempt, Batch, Verdict } from '@grantex/core';
import { destinationContract, type Capability, type DestinationRequest, type SubjectOptions } from '@grantex/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { proxy } from '../../../tools/services/toxiproxy.js';
import type { KafkaRecord } from '../src/encode.js';
import { KafkaDestination, type KafkaOptions } from '../src/index.js';
import { KafkaTopic } from './kafka-topic.js';

/** Answers that a broker gives only when it is told to; contract.test.ts has them from a scripted one. */
const NEVER: readonly Capability[] = [
  'temporary',
  'network',
  'answer-lost',
  'throttled',
  'unauthorized',
  'too-large',
  'rejected',
  'poison',
  'partial',
  'bytes',
  'reason',
];

/** Notes its attempts: what comes to the broker cannot be seen. */
class NotingDestination extends KafkaDestination {
  readonly #requests: DestinationRequest[];

  constructor(options: KafkaOptions, requests: DestinationRequest[]) {
    super(options);
    this.#requests = requests;
  }

  protected override sendBatch(batch: Batch<KafkaRecord>, attempt: Attempt): Promise<Verdict> {
    this.#requests.push({ ids: batch.items.map(({ event }) => event.id) });
    return super.sendBatch(batch, attempt);
  }
}

beforeEach((context) => {
  needService('kafka', context);
  needService('toxiproxy', context);
});

describe.each(['kafkajs', '@platformatic/kafka'] as const)('%s', (library) => {
  const { tests, leftOut } = destinationContract(
    test,
    async () => {
      const { KAFKA_PROXY_UPSTREAM = '', KAFKA_PROXY_BROKERS = '' } = serviceAddress('kafka') ?? {};
      const topic = await KafkaTopic.create(1, { 'retention.ms': '-1' });
      const network = await proxy({ name: 'kafka', upstream: KAFKA_PROXY_UPSTREAM, listen: KAFKA_PROXY_BROKERS });
      const requests: DestinationRequest[] = [];
      let toxic: string | undefined;
      const mend = async () => {
        if (toxic !== undefined) await network.removeToxic(toxic);
        toxic = undefined;
      };
      return {
        secrets: [],
        destination: (options: SubjectOptions) =>
          new NotingDestination({ brokers: [KAFKA_PROXY_BROKERS], topic: topic.name, library, ...options }, requests),
        receivedIds: () => topic.ids(),
        requests: () => requests,
        async fail({ kind }) {
          if (kind !== 'hang') throw new Error(`the broker cannot be made to: ${kind}`);
          toxic = await network.addToxic({ type: 'timeout', attributes: { timeout: 0 }, stream: 'upstream' });
        },
        mend,
        async [Symbol.asyncDispose]() {
          await network[Symbol.asyncDispose](); // The next test needs its address.
          await topic[Symbol.asyncDispose]();
        },
      };
    },
    { without: NEVER, startTime: Date.now() - 120_000, patienceMs: 15_000 },
  );

  test('what is proven here', () => {
    expect(new Set(leftOut.flatMap(({ without }) => without))).toEqual(new Set(NEVER));
    expect(tests.length).toBeGreaterThan(30);
  });
});
