import { destinationContract, httpSubject, type DestinationSubject } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { SplunkDestination } from '../src/index.js';
import { hecAnswer, HecReceiver, idsIn, TOKEN } from './hec-receiver.js';

async function subjectOf(acknowledgement: boolean): Promise<DestinationSubject> {
  const receiver = await HecReceiver.start({ useAck: acknowledgement });
  const subject = httpSubject({
    receiver: receiver.http,
    secrets: [TOKEN],
    idsOf: idsIn,
    isDelivery: (request) => idsIn(request).length > 0,
    healthy: receiver.answer,
    answers: {
      temporary: () => hecAnswer(503, 9, `Server is busy: ${TOKEN}`),
      unauthorized: () => hecAnswer(403, 4, `Invalid token: ${TOKEN}`),
      throttled: (fault) => ({
        ...hecAnswer(429, 26, 'HEC queue at capacity'),
        ...(fault.kind === 'throttled' && { retryAfter: fault.retryAfterSeconds }),
      }),
      // As Splunk Cloud says it.
      'too-large': () => hecAnswer(400, 6, 'Invalid data format', { 'invalid-event-number': 0 }),
      rejected: () => hecAnswer(400, 15, 'Error in handling indexed fields', { 'invalid-event-number': 0 }),
      poison: (fault, request) => {
        receiver.malformed = fault.kind === 'poison' ? { id: fault.id, text: fault.reason } : undefined;
        return receiver.answer(request);
      },
    },
    destination: (options) =>
      new SplunkDestination({
        hecUrl: receiver.http.url,
        hecToken: TOKEN,
        acknowledgement,
        // The suite waits less for a request than this is by default.
        acknowledgementTimeoutMs: 5_000,
        ...options,
      }),
  });
  return subject;
}

describe.each([
  ['without acknowledgement', false],
  ['with acknowledgement', true],
])('%s', (_what, acknowledgement) => {
  // What Splunk refuses it refuses with all that follows: it cannot take the first and the third of five. See partial.test.ts.
  const { leftOut } = destinationContract(test, () => subjectOf(acknowledgement), { without: ['partial'] });

  test('left out: partial answers of another kind only', () => {
    expect(leftOut).toHaveLength(4);
    expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
  });
});
