import { createHash } from 'node:crypto';
import {
  destinationContract,
  type Capability,
  type DestinationRequest,
  type DestinationSubject,
  type Fault,
  type SubjectOptions,
} from '@grantex/testing';
import { describe, expect, test, vi } from 'vitest';
import { KafkaDestination } from '../src/index.js';
import { FakeCluster, TOPIC, type ProduceAnswer, type ProduceRequest } from './fake-cluster/fake-cluster.js';

const PASSWORD = 'correct-horse-battery';

/** Kafka throttles by answering late. It says which partition failed, which kafkajs does not hand on; nor the words. */
const NEVER: readonly Capability[] = ['partial', 'throttled', 'reason'];
/** Faults that end at once, or that kafkajs tries to overcome by itself, in real time. */
const FAILURES: readonly Capability[] = [
  'temporary',
  'network',
  'answer-lost',
  'unauthorized',
  'too-large',
  'rejected',
  'poison',
  'bytes',
];
const HOUR = 3_600_000;

vi.setConfig({ testTimeout: 30_000 });

describe('when something fails', () => {
  const { leftOut } = destinationContract(
    test,
    // Without a memory of producers, so that every repeat can be seen. How they are dropped: producer-sessions.test.ts.
    async () => {
      const cluster = await FakeCluster.start({ remembersProducers: false });
      // While kafkajs tries again in real time, the suite's clock runs on: no attempt is to be given up because of that.
      return subject(cluster, (options) => ({ ...options, timeoutMs: HOUR }));
    },
    { without: [...NEVER, 'hang'], patienceMs: 10_000 },
  );

  test('what the contract leaves out', () => {
    expect(new Set(leftOut.flatMap(({ without }) => without))).toEqual(new Set([...NEVER, 'hang']));
  });
});

describe('when nobody answers', () => {
  const { leftOut } = destinationContract(
    test,
    async () => subject(await FakeCluster.start({ remembersProducers: false }), (options) => options),
    { without: [...NEVER, ...FAILURES] },
  );

  test('what the contract leaves out', () => {
    expect(new Set(leftOut.flatMap(({ without }) => without))).toEqual(new Set([...NEVER, ...FAILURES]));
  });
});

function subject(cluster: FakeCluster, adapt: (options: SubjectOptions) => SubjectOptions): DestinationSubject {
  const requests: DestinationRequest[] = [];
  let fault: Fault | undefined;
  cluster.onRefused = () => requests.push({ ids: [] });
  cluster.answer = (request) => {
    const ids = idsOf(request);
    requests.push({ ids, digest: digestOf(request) });
    return fault === undefined ? {} : answerFor(fault, ids);
  };
  const be = (next: Fault | undefined): void => {
    fault = next;
    cluster.isCut = next?.kind === 'network';
    cluster.topicCode = next?.kind === 'temporary' ? 8 : 0;
    cluster.loginRefusal = next?.kind === 'unauthorized' ? `wrong password: ${PASSWORD}` : undefined;
  };
  return {
    secrets: [PASSWORD],
    destination: (options) =>
      new KafkaDestination({
        brokers: cluster.addresses,
        topic: TOPIC,
        sasl: { mechanism: 'plain', username: 'grantex', password: PASSWORD },
        ...adapt(options),
      }),
    receivedIds: () => cluster.ids,
    requests: () => requests,
    fail: be,
    mend: () => be(undefined),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

function idsOf({ batches }: ProduceRequest): string[] {
  return [...batches.values()].flatMap(({ records }) => records.map(({ headers }) => headers['event-id'] ?? 'none'));
}

/** Of the records: the number that they bear is another one with another producer. */
function digestOf({ batches }: ProduceRequest): string {
  const records = [...batches.values()].map((batch) => batch.records);
  return createHash('sha256').update(JSON.stringify(records)).digest('hex');
}

function answerFor(fault: Fault, ids: readonly string[]): ProduceAnswer {
  switch (fault.kind) {
    case 'temporary':
      return refused(8); // BROKER_NOT_AVAILABLE, which kafkajs does not try again
    case 'network':
      return { stores: false, reply: 'reset' };
    case 'answer-lost':
      return { reply: 'reset' };
    case 'hang':
      return { stores: false, reply: 'never' };
    case 'unauthorized':
      return refused(29);
    case 'too-large':
      return ids.length > fault.maxEvents ? refused(10) : {};
    case 'rejected':
      return refused(87);
    case 'poison':
      return ids.includes(fault.id) ? refused(87) : {};
    case 'throttled':
    case 'partial':
      throw new Error(`a broker has no such answer: ${fault.kind}`);
  }
}

function refused(code: number): ProduceAnswer {
  return { code: () => code };
}
