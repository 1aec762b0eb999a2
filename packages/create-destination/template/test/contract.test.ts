import test from 'node:test';
import { destinationContract, httpSubject, HttpReceiver, type ReceivedRequest } from '@grantex/testing';
import { AcmeDestination } from '../src/index.js';

const KEY = 'a-key-for-the-receiver';

// What every destination promises: nothing is lost and order is kept through faults, a retry has the same bytes, a wrong key
// loses nothing, one bad event costs one event, flush and close tell the truth, no secret gets out, nothing stays open.
destinationContract(
  test,
  async () => {
    const receiver = await HttpReceiver.start({ parse: idsIn });
    return httpSubject({
      receiver,
      secrets: [KEY],
      idsOf: idsIn,
      destination: (options) => new AcmeDestination({ url: receiver.url, apiKey: KEY, ...options }),
    });
  },
  // Acme takes a request as a whole or not at all.
  { without: ['partial'] },
);

/** The ids of the events in a request. That of check() has none. */
function idsIn({ body }: ReceivedRequest): string[] {
  const records = JSON.parse(body.toString() || '[]') as { readonly id: string }[];
  return records.map(({ id }) => id);
}
