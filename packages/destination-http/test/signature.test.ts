import { createHmac, timingSafeEqual } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeSecret, messageId, signatureHeaders } from '../src/signature.js';

const NOW = Date.UTC(2026, 2, 1, 12);
const key = (fill: number, length = 24): Buffer => Buffer.alloc(length, fill);
const secretOf = (bytes: Buffer): string => `whsec_${bytes.toString('base64')}`;

/** A receiver's side, written from the standard's text and not from our code. */
function verify(secret: string, headers: Readonly<Record<string, string>>, body: Buffer, nowSeconds: number): boolean {
  const { 'webhook-id': id = '', 'webhook-timestamp': time = '', 'webhook-signature': signatures = '' } = headers;
  if (Math.abs(nowSeconds - Number(time)) > 300) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
  const expected = createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(signed)
    .digest();
  return signatures.split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

test("the standard's published example", () => {
  const secret = decodeSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  expect(
    signatureHeaders([secret as Buffer], 'msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1_614_265_330_000),
  ).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each([
  ['a text', '[{"id":"evt_1"}]'],
  ['a text beyond ASCII', '[{"name":"Zoë 😀"}]'],
  ['bytes', Buffer.from([0x1f, 0x8b, 0, 255, 128])],
])('a receiver finds %s in order, and nothing that was changed', (_what, body) => {
  const headers = signatureHeaders([key(1)], 'evt_1', body, NOW);
  const bytes = Buffer.from(body);
  expect(verify(secretOf(key(1)), headers, bytes, NOW / 1000)).toBe(true);
  expect(verify(secretOf(key(2)), headers, bytes, NOW / 1000)).toBe(false);
  expect(verify(secretOf(key(1)), headers, Buffer.concat([bytes, Buffer.from(' ')]), NOW / 1000)).toBe(false);
  expect(verify(secretOf(key(1)), { ...headers, 'webhook-id': 'evt_2' }, bytes, NOW / 1000)).toBe(false);
  expect(verify(secretOf(key(1)), { ...headers, 'webhook-timestamp': '1' }, bytes, 1)).toBe(false);
});

test('while secrets change, receivers with the old and with the new one are content', () => {
  const headers = signatureHeaders([key(1), key(2, 64)], 'evt_1', 'body', NOW);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const each of [key(1), key(2, 64)]) {
    expect(verify(secretOf(each), headers, Buffer.from('body'), NOW / 1000)).toBe(true);
  }
});

test('the time is that of the attempt, in seconds', () => {
  expect(signatureHeaders([key(1)], 'evt_1', '', NOW + 999)['webhook-timestamp']).toBe(String(NOW / 1000));
});

test.each([
  [['evt_01JXYZ'], /^evt_01JXYZ$/],
  [['evt.1'], /^event_[0-9a-f]{32}$/],
  [['evt\r\nx-header: 1'], /^event_[0-9a-f]{32}$/],
  [['évt'], /^event_[0-9a-f]{32}$/],
  [['x'.repeat(129)], /^event_[0-9a-f]{32}$/],
  [[''], /^event_[0-9a-f]{32}$/],
  [['evt_1', 'evt_2'], /^batch_[0-9a-f]{32}$/],
])('the id of %j', (ids, expected) => {
  expect(messageId(ids)).toMatch(expected);
});

test('the id names the events: the same for the same, another one for others', () => {
  expect(messageId(['evt_1', 'evt_2'])).toBe(messageId(['evt_1', 'evt_2']));
  const others = [
    ['evt_1', 'evt_2'],
    ['evt_2', 'evt_1'],
    ['evt_1'],
    ['evt_1', 'evt_2', 'evt_3'],
    ['evt_1evt_2'],
    ['a.b'],
  ];
  expect(new Set(others.map(messageId)).size).toBe(others.length);
});

test.each([
  ['24 bytes', secretOf(key(1, 24)), 24],
  ['64 bytes', secretOf(key(1, 64)), 64],
  ['without padding', secretOf(key(1, 32)).replace('=', ''), 32],
  ['23 bytes', secretOf(key(1, 23)), undefined],
  ['65 bytes', secretOf(key(1, 65)), undefined],
  ['no prefix', key(1).toString('base64'), undefined],
  ['no base64', 'whsec_not base64 not base64 not base64!', undefined],
  ['nothing', 'whsec_', undefined],
])('a secret of %s', (_what, secret, bytes) => {
  expect(decodeSecret(secret)?.length).toBe(bytes);
});
