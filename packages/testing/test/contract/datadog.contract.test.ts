import { DatadogDestination } from '@grantex/destination-datadog';
import { datadogReceiver, destinationContract, httpSubject, type ReceivedRequest } from '@grantex/testing';
import { expect, test } from 'vitest';

const KEY = '0123456789abcdef0123456789abcdef';

function idsOf({ body }: ReceivedRequest): string[] {
  return (JSON.parse(body.toString()) as Record<string, string>[]).map((entry) => entry['grantex.event_id'] ?? '');
}

const { leftOut } = destinationContract(
  test,
  async ({ clock }) => {
    const receiver = await datadogReceiver({ apiKey: KEY, now: () => clock.now() });
    return httpSubject({
      receiver,
      secrets: [KEY],
      idsOf,
      healthy: ({ method }) =>
        method === 'GET' ? { status: 200, body: '{"valid":true}', store: false } : { status: 202, body: '{}' },
      destination: (options) => new DatadogDestination({ apiKey: KEY, endpoint: receiver.url, ...options }),
    });
  },
  // Datadog accepts a request as a whole, or refuses it as a whole.
  { without: ['partial'] },
);

test('left out: partial answers, which Datadog does not give', () => {
  expect(new Set(leftOut.map(({ test: name }) => name.replace(/^.*: (?=partial)/, '')))).toEqual(
    new Set([
      'partial answer: only what was not accepted comes again',
      'partial answer: what was rejected becomes a dead letter, and its neighbours do not come again',
    ]),
  );
});
