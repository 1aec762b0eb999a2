import { destinationContract, type DestinationSubject, type Fault } from '@grantex/testing';
import { expect, test } from 'vitest';
import { BigQueryDestination } from '../src/index.js';
import { CREDENTIALS, TABLE } from './rig.js';
import { WriteServer, type Treatment } from './write-server.js';

const [, SECRET = ''] = CREDENTIALS.private_key.split('\n');

const { leftOut } = destinationContract(test, async () => subjectFor(await WriteServer.start()), {
  // BigQuery stores all rows of a request or none, says nothing of when to come again, and has one row for each place.
  without: ['partial', 'throttled', 'repeats'],
});

test('left out: partial answers, a time to wait, and repeats', () => {
  expect(leftOut.every(({ test: name }) => /partial answer|Retry-After|costs a repeat/.test(name))).toBe(true);
});

function subjectFor(server: WriteServer): DestinationSubject {
  return {
    secrets: [SECRET],
    destination: (options) =>
      new BigQueryDestination({
        ...TABLE,
        mode: 'storage-write',
        credentials: CREDENTIALS,
        storageApiEndpoint: server.url,
        ...options,
      }),
    receivedIds: () => server.ids,
    requests: () => server.requests,
    fail(fault) {
      server.rule = (ids, method) => {
        // The suite counts attempts, and while no stream can be opened there are none.
        if (method === 'createWriteStream') return undefined;
        return method === 'getWriteStream' || concerns(fault, ids) ? treatmentFor(fault) : undefined;
      };
    },
    mend() {
      server.rule = () => undefined;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function concerns(fault: Fault, ids: readonly string[]): boolean {
  if (fault.kind === 'poison') return ids.includes(fault.id);
  return fault.kind !== 'too-large' || ids.length > fault.maxEvents;
}

function treatmentFor(fault: Fault): Treatment {
  const message = `you sent ${SECRET}`;
  switch (fault.kind) {
    case 'temporary':
      return { end: { code: 14, message } };
    case 'network':
      return 'cut';
    case 'answer-lost':
      return 'store and cut';
    case 'hang':
      return 'hang';
    case 'unauthorized':
      return { end: { code: 7, message } };
    case 'too-large':
      return { answer: { code: 3, message: 'AppendRows request too large' } };
    case 'rejected':
      return { answer: { code: 3, message } };
    case 'poison':
      return { badRows: new Map([[fault.id, fault.reason]]) };
    case 'throttled':
    case 'partial':
      throw new Error(`this service has no such answer: ${fault.kind}`);
  }
}
