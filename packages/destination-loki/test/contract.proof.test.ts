import { destinationContract, httpSubject } from '@grantex/testing';
import { expect, test } from 'vitest';
import { LokiDestination } from '../src/index.js';
import { idsIn, PASSWORD, receive, USERNAME } from './rig.js';

const { leftOut } = destinationContract(
  test,
  async () => {
    const receiver = await receive();
    return httpSubject({
      receiver,
      secrets: [PASSWORD],
      idsOf: idsIn,
      // A push without a stream is a question.
      isDelivery: (request) => idsIn(request).length > 0,
      healthy: () => ({ status: 204 }),
      destination: (options) =>
        new LokiDestination({ url: receiver.url, username: USERNAME, password: PASSWORD, ...options }),
    });
  },
  // Loki names what it refused by its time, in whole seconds; the events of the suite are of one second.
  { without: ['partial'] },
);

test('left out: partial answers only, which have tests of their own', () => {
  expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
});
