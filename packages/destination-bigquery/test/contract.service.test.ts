import {
  destinationContract,
  httpSubject,
  type Answer,
  type DestinationSubject,
  type ReceivedRequest,
} from '@grantex/testing';
import { expect, test } from 'vitest';
import { needService, serviceAddress } from '../../../tools/services/address.js';
import { BigQueryDestination } from '../src/index.js';
import { StoredRows } from './emulator.js';
import { clientWith, idsIn, receive, TOKEN } from './rig.js';

/** The emulator, with a receiver before it that can play faults. What is stored is what a query finds. */
async function realSubject(): Promise<DestinationSubject> {
  const address = serviceAddress('bigquery');
  if (address === undefined) throw new Error('bigquery does not run');
  const stored = await StoredRows.create(address);
  await using maker = new BigQueryDestination({ ...stored.options, mode: 'storage-write', createTable: true });
  await maker.check();
  const receiver = await receive();

  async function forward(request: ReceivedRequest): Promise<Answer> {
    const { method, path, body } = request;
    const response = await fetch(new URL(path, stored.options.apiEndpoint), {
      method,
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(method === 'POST' && { body: body.toString() }),
    });
    return { status: response.status, body: await response.text() };
  }

  const { apiEndpoint: _emulator, ...options } = stored.options;
  const subject = httpSubject({
    receiver,
    secrets: [TOKEN],
    idsOf: idsIn,
    healthy: forward,
    destination: (own) => new BigQueryDestination({ ...options, client: clientWith(receiver.url), ...own }),
  });
  return {
    ...subject,
    receivedIds: () => stored.ids(),
    async fail(fault) {
      if (fault.kind !== 'answer-lost') return subject.fail(fault);
      receiver.answer(async (request) => {
        await forward(request);
        return { dropAnswer: true };
      });
    },
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      await stored[Symbol.asyncDispose]();
    },
  };
}

// Not for storage-write: the emulator stands still for good when a query and an append meet, and the suite asks all the time.
const { leftOut } = destinationContract(
  (name, run) => {
    test(`real server: ${name}`, async (context) => {
      needService('bigquery', context);
      await expect(run()).resolves.toBeUndefined();
    });
  },
  realSubject,
  // The emulator takes what BigQuery would refuse row by row.
  { without: ['partial'], patienceMs: 10_000 },
);

test('left out: partial answers only', () => {
  expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
});
