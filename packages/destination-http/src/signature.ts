import { createHmac, hash } from 'node:crypto';

/** Signatures after Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 of id, time and body. */

const SECRET_PREFIX = 'whsec_';

/** The key in a secret of the form `whsec_` + base64; undefined when it is none. The standard asks for 24 to 64 bytes. */
export function decodeSecret(secret: string): Buffer | undefined {
  if (!secret.startsWith(SECRET_PREFIX)) return undefined;
  const base64 = secret.slice(SECRET_PREFIX.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.length >= 24 && key.length <= 64 ? key : undefined;
}

/** What may stand in a header as it is, and has no full stop, which separates the parts of the signed text. */
const PLAIN_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** Names the content of a request: the same at every retry, another one for other events. */
export function messageId(eventIds: readonly string[]): string {
  const [first = ''] = eventIds;
  if (eventIds.length === 1 && PLAIN_ID.test(first)) return first;
  const digest = hash('sha256', eventIds.join('\n')).slice(0, 32);
  return `${eventIds.length === 1 ? 'event' : 'batch'}_${digest}`;
}

/** `now` is that of the attempt, Unix epoch in milliseconds; one signature for each key, so that keys can be changed. */
export function signatureHeaders(
  keys: readonly Buffer[],
  id: string,
  body: string | Uint8Array,
  now: number,
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const sign = (key: Buffer): string =>
    `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map(sign).join(' '),
  };
}
