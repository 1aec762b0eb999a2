import { randomBytes } from 'node:crypto';
import type { UnknownEvent } from '../events.js';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The synthetic event of `sendTest()`: type `grantex.test`, an id of the usual form. */
export function makeTestEvent(now: number): UnknownEvent {
  let time = '';
  for (let rest = now, digit = 0; digit < 10; digit++) {
    time = CROCKFORD.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const chance = Array.from(randomBytes(16), (byte) => CROCKFORD.charAt(byte % 32)).join('');
  return {
    id: `evt_${time}${chance}`,
    type: 'grantex.test',
    createdAt: new Date(now).toISOString(),
    data: { message: 'A test event, sent to see whether this destination works.' },
  };
}
