import { destinationContract, HttpReceiver, httpSubject, type DestinationSubject } from '@grantex/testing';
import { expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { S3Destination } from '../src/index.js';
import { Relay, StoredObjects } from './bucket.js';
import { eventIdsOf } from './scripted-s3.js';
import { idsIn } from './stored-events.js';

/** The real server, with a relay before it that can play faults. What is stored is what the server has. */
async function realSubject(): Promise<DestinationSubject> {
  const address = serviceAddress('s3');
  if (address === undefined) throw new Error('s3 does not run');
  const stored = new StoredObjects(address);
  const relay = new Relay(address.S3_ENDPOINT);
  const receiver = await HttpReceiver.start();
  const subject = httpSubject({
    receiver,
    secrets: [stored.options.secretAccessKey],
    idsOf: eventIdsOf,
    healthy: (request) => relay.forward(request),
    destination: (options) => new S3Destination({ ...stored.options, endpoint: receiver.url, ...options }),
  });
  return {
    ...subject,
    /** In the order of their first upload, which the relay has seen. */
    async receivedIds() {
      const keys = await stored.keys();
      const order = receiver.requests.map(({ path }) => decodeURIComponent(path).slice(`/${stored.bucket}/`.length));
      const ids: string[] = [];
      for (const key of keys.toSorted((one, other) => order.indexOf(one) - order.indexOf(other))) {
        ids.push(...idsIn(key, await stored.content(key)));
      }
      return ids;
    },
    async fail(fault) {
      if (fault.kind !== 'answer-lost') return subject.fail(fault);
      receiver.answer(async (request) => {
        await relay.forward(request);
        return { dropAnswer: true };
      });
    },
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      await relay[Symbol.asyncDispose]();
      stored[Symbol.dispose]();
    },
  };
}

const { leftOut } = destinationContract(
  (name, run) => {
    test(`real server: ${name}`, async (context) => {
      needService('s3', context);
      await expect(run()).resolves.toBeUndefined();
    });
  },
  realSubject,
  // S3 does not look into an object, so that it never refuses an event for its content; and a name holds one object.
  { without: ['rejected', 'poison', 'reason', 'partial', 'repeats'], patienceMs: 10_000 },
);

test('left out: only what needs a service that looks at events, or that keeps repeats', () => {
  const needs = new Set(leftOut.flatMap(({ without }) => without));
  expect(needs).toEqual(new Set(['rejected', 'poison', 'reason', 'partial', 'repeats']));
});
