import { randomBytes } from 'node:crypto';
import type { UnknownEvent } from './events.js';

/** The events that this software makes itself. They are no part of the server's catalogue. */
export type OwnEventType =
  /** Sent by `sendTest()`. */
  | 'grantex.test'
  /** The stream was not heard for a while: `from` and `to` (ISO 8601), `seconds`, `cause`. */
  | 'grantex.gap'
  /** The forwarder is alive: `state`, and the `received` events since its start. */
  | 'grantex.heartbeat';

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An event with an id of the usual form: `evt_` and a ULID. */
export function makeOwnEvent(type: OwnEventType, data: Record<string, unknown>, now: number): UnknownEvent {
  let time = '';
  for (let rest = now, digit = 0; digit < 10; digit++) {
    time = CROCKFORD.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const chance = Array.from(randomBytes(16), (byte) => CROCKFORD.charAt(byte % 32)).join('');
  return { id: `evt_${time}${chance}`, type, createdAt: new Date(now).toISOString(), data };
}
