import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type DatadogReceiver, datadogReceiver, makeEvent, makeEvents } from '../src/index.js';

async function send(receiver: DatadogReceiver, body: unknown, key: string | null = receiver.apiKey): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  if (key !== null) headers['dd-api-key'] = key;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${receiver.url}/api/v2/logs`, { method: 'POST', headers, body: new Uint8Array(gzipSync(text)) });
}

const logOf = (event: { id: string }, more: object = {}) => ({
  ddsource: 'grantex',
  message: JSON.stringify(event),
  ...more,
});

test('202 and {} for an array, or one object; ids come from the message', async () => {
  await using receiver = await datadogReceiver();
  const events = makeEvents(3);
  const response = await send(
    receiver,
    events.map((event) => logOf(event)),
  );
  expect([response.status, await response.text()]).toEqual([202, '{}']);
  expect((await send(receiver, logOf({ id: 'evt_4' }))).status).toBe(202);
  expect((await send(receiver, {})).status).toBe(202);
  expect(receiver.ids).toEqual([...events.map(({ id }) => id), 'evt_4']);
  expect(receiver.logs[0]?.entry).toMatchObject({ ddsource: 'grantex' });
});

test('ids in attributes are found as well, when the message is a sentence', async () => {
  await using receiver = await datadogReceiver();
  const message = 'Grant created';
  await send(receiver, [
    { message, event: { id: 'evt_1' } },
    { message, 'event.id': 'evt_2' },
    { message, grantex: { id: 'evt_3' } },
  ]);
  expect(receiver.ids).toEqual(['evt_1', 'evt_2', 'evt_3']);
});

test('401 without a key, 403 with a wrong one, in the form of v2', async () => {
  await using receiver = await datadogReceiver({ apiKey: 'right' });
  expect((await send(receiver, [], null)).status).toBe(401);
  const wrong = await send(receiver, [], 'wrong');
  expect([wrong.status, await wrong.json()]).toEqual([
    403,
    { errors: [{ status: '403', title: 'Forbidden', detail: 'API key is invalid' }] },
  ]);
  expect(receiver.accepted).toEqual([]);
});

test.each([
  ['5,000,000 bytes are taken', 5_000_000, 202],
  ['one more is a 413, although gzip makes it small', 5_000_001, 413],
])('%s', async (_name, bytes, status) => {
  await using receiver = await datadogReceiver();
  const frame = JSON.stringify([{ message: '' }]).length;
  expect((await send(receiver, [{ message: 'x'.repeat(bytes - frame) }])).status).toBe(status);
});

test.each([
  ['1,000 entries', Array.from({ length: 1_000 }, () => ({})), 202],
  ['1,001 entries', Array.from({ length: 1_001 }, () => ({})), 400],
  ['malformed JSON', '[{', 400],
  ['entries that are no objects', [1], 400],
])('%s', async (_name, body, status) => {
  await using receiver = await datadogReceiver();
  expect((await send(receiver, body)).status).toBe(status);
});

test('one poison event is a 400 for the whole request', async () => {
  await using receiver = await datadogReceiver({ rejectId: (id) => id === 'evt_bad' });
  expect((await send(receiver, [logOf({ id: 'evt_good' }), logOf({ id: 'evt_bad' })])).status).toBe(400);
  expect((await send(receiver, [logOf({ id: 'evt_good' })])).status).toBe(202);
  expect(receiver.ids).toEqual(['evt_good']);
});

test('a log older than 18 hours, or 2 hours ahead, gets its 202 and is dropped in silence', async () => {
  const now = Date.UTC(2026, 2, 1);
  const hour = 3_600_000;
  await using receiver = await datadogReceiver({ now: () => now });
  const response = await send(receiver, [
    logOf({ id: 'evt_19h' }, { timestamp: now - 19 * hour }),
    logOf({ id: 'evt_17h' }, { timestamp: new Date(now - 17 * hour).toISOString() }),
    logOf({ id: 'evt_ahead' }, { date: now + 3 * hour }),
    // `createdAt` is no date for Datadog: the time of receipt counts.
    logOf(makeEvent('vc.issued', { id: 'evt_undated', createdAt: '2020-01-01T00:00:00.000Z' })),
  ]);
  expect(response.status).toBe(202);
  expect(receiver.ids).toEqual(['evt_17h', 'evt_undated']);
  expect(receiver.silentlyDropped.map(({ id }) => id)).toEqual(['evt_19h', 'evt_ahead']);
});

test('a log over 1 MB gets its 202 and is recorded as truncated', async () => {
  await using receiver = await datadogReceiver();
  expect(
    (await send(receiver, [logOf({ id: 'evt_1' }, { filler: 'x'.repeat(1_000_000) }), logOf({ id: 'evt_2' })])).status,
  ).toBe(202);
  expect(receiver.truncated.map(({ id }) => id)).toEqual(['evt_1']);
});

test('validate', async () => {
  await using receiver = await datadogReceiver();
  const validate = (key: string) => fetch(`${receiver.url}/api/v1/validate`, { headers: { 'dd-api-key': key } });
  const response = await validate(receiver.apiKey);
  expect([response.status, await response.json()]).toEqual([200, { valid: true }]);
  expect((await validate('wrong')).status).toBe(403);
  expect((await fetch(receiver.url)).status).toBe(404);
  expect(receiver.accepted).toEqual([]);
});

test('scripting comes first, and an answer lost after storing is in the record', async () => {
  await using receiver = await datadogReceiver({ keepBodies: false });
  receiver.next({ status: 429, retryAfter: 1 }, { dropAnswer: true });
  expect((await send(receiver, [logOf({ id: 'evt_1' })])).status).toBe(429);
  await expect(send(receiver, [logOf({ id: 'evt_1' })])).rejects.toThrow('fetch failed');
  await send(receiver, [logOf({ id: 'evt_1' })]);
  expect([receiver.ids, receiver.counts.distinctIds, receiver.logs]).toEqual([['evt_1', 'evt_1'], 1, []]);
});
