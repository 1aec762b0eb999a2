import { destinationContract, httpSubject, type ReceivedRequest } from '@grantex/testing';
import { expect, test } from 'vitest';
import { BigQueryDestination } from '../src/index.js';
import { clientWith, healthy, idsIn, jsonAnswer, receive, TABLE, TOKEN } from './rig.js';

const { leftOut } = destinationContract(test, async () => {
  /** Of a request that was answered with row errors, the ids of these rows. */
  const refused = new WeakMap<ReceivedRequest, readonly string[]>();
  const receiver = await receive({
    parse: (request) => idsIn(request).filter((id) => refused.get(request)?.includes(id) !== true),
  });
  return httpSubject({
    receiver,
    secrets: [TOKEN],
    idsOf: idsIn,
    healthy,
    answers: {
      partial(fault, request) {
        if (fault.kind !== 'partial') throw new Error(`no partial answer: ${fault.kind}`);
        const reasons = new Map([
          ...fault.again.map((id) => [id, 'backendError'] as const),
          ...fault.rejected.map((id) => [id, 'invalid'] as const),
        ]);
        const insertErrors = idsIn(request).flatMap((id, index) =>
          reasons.has(id) ? [{ index, errors: [{ reason: reasons.get(id), message: 'as ordered' }] }] : [],
        );
        refused.set(request, [...reasons.keys()]);
        return jsonAnswer(200, JSON.stringify({ kind: 'bigquery#tableDataInsertAllResponse', insertErrors }));
      },
    },
    destination: (options) => new BigQueryDestination({ ...TABLE, client: clientWith(receiver.url), ...options }),
  });
});

test('nothing is left out', () => {
  expect(leftOut).toEqual([]);
});
