import { destinationContract, httpSubject } from '@grantex/testing';
import { expect, test } from 'vitest';
import { HttpDestination } from '../src/index.js';
import { idsIn, receive } from './rig.js';

const KEY = 'a-key-for-the-receiver';
const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

const { leftOut } = destinationContract(
  test,
  async () => {
    const receiver = await receive();
    return httpSubject({
      receiver,
      secrets: [KEY, SECRET],
      idsOf: idsIn,
      destination: (options) =>
        new HttpDestination({
          url: receiver.url,
          headers: { authorization: `Bearer ${KEY}` },
          signature: { secret: SECRET },
          ...options,
        }),
    });
  },
  // HTTP has no answers for single events.
  { without: ['partial'] },
);

test('left out: partial answers only', () => {
  expect(leftOut.every(({ test: name }) => name.includes('partial answer'))).toBe(true);
});
