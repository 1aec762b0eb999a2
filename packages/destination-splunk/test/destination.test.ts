import type { NewDeadLetter } from '@grantex/core';
import { HttpReceiver } from '@grantex/testing';
import { expect, test } from 'vitest';
import { SplunkDestination } from '../src/index.js';
import { hecAnswer, HecReceiver, TOKEN } from './hec-receiver.js';
import { deliver, destinationFor, eventsOf, fixture, idsOf, recordingLogger } from './rig.js';

const SERVER_TLS = { key: fixture('server.key.pem'), cert: fixture('server.cert.pem') };

test('a request as the documentation asks for it', async () => {
  await using receiver = await HecReceiver.start({ indexes: ['grantex'] });
  await using destination = destinationFor(receiver, { index: 'grantex', host: 'auth-1' });
  const events = eventsOf(3);
  await deliver(destination, events);

  const [request] = receiver.deliveries;
  expect(request).toMatchObject({ method: 'POST', path: '/services/collector/event', query: '' });
  expect(request?.headers).toMatchObject({
    authorization: `Splunk ${TOKEN}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'user-agent': expect.stringMatching(/^grantex-destination-splunk\/\d+\.\d+\.\d+/),
  });
  expect(request?.headers).not.toHaveProperty('x-splunk-request-channel');
  expect(receiver.envelopes).toMatchObject(
    events.map((event) => ({
      time: Date.parse(event.createdAt) / 1000,
      host: 'auth-1',
      source: 'grantex',
      sourcetype: '_json',
      index: 'grantex',
      fields: { event_id: event.id, event_type: event.type },
      event,
    })),
  );
});

test.each([
  ['gzip', 'gzip', '1f8b'],
  ['none', undefined, Buffer.from('{"time"').toString('hex')],
] as const)('compression %s', async (compression, encoding, magic) => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver, { compression });
  await deliver(destination, eventsOf(2));
  const [request] = receiver.deliveries;
  expect(request?.headers['content-encoding']).toBe(encoding);
  expect(request?.raw.toString('hex', 0, magic.length / 2)).toBe(magic);
  expect(receiver.http.ids).toHaveLength(2);
});

test('100 events in a request, and what is left at flush()', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  const events = eventsOf(250);
  await deliver(destination, events);
  expect(receiver.http.accepted.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
  expect(receiver.http.ids).toEqual(idsOf(events));
});

test('a request stays below 1,000,000 bytes; one event may have up to 5 MB, and goes alone', async () => {
  await using receiver = await HecReceiver.start();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  const paddings = [300_000, 300_000, 300_000, 300_000, 4_900_000, 5_100_000, 10];
  const events = eventsOf(paddings.length).map((event, index) => ({
    ...event,
    padding: 'x'.repeat(paddings[index] ?? 0),
  }));
  await deliver(destination, events);
  expect(receiver.http.accepted.map(({ ids }) => ids.length)).toEqual([3, 1, 1, 1]);
  expect(receiver.http.ids).toEqual(idsOf(events.filter((_event, index) => index !== 5)));
  expect(letters).toMatchObject([{ eventId: events[5]?.id, code: 'DEST_TOO_LARGE', attempts: 0 }]);
});

test('a request that Splunk Cloud finds too large is halved until it fits; nothing is there twice', async () => {
  await using receiver = await HecReceiver.start({ maxBytes: 100_000 });
  await using destination = destinationFor(receiver);
  const events = eventsOf(16).map((event) => ({ ...event, padding: 'x'.repeat(20_000) }));
  await deliver(destination, events);
  expect(receiver.http.requests[0]?.status).toBe(400);
  expect(receiver.http.ids).toEqual(idsOf(events));
});

test.each([
  [24, 'Queue is approaching capacity'],
  [25, 'ACK channel is approaching capacity'],
])('code %d is a success: the events are there, and not sent again', async (code, text) => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  receiver.http.next((request) => ({ ...receiver.answer(request), ...hecAnswer(200, code, text) }));
  const events = eventsOf(5);
  await deliver(destination, events);
  expect(receiver.http.ids).toEqual(idsOf(events));
});

test('a retry sends the same bytes, also when the answer was lost', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  receiver.http.next(
    hecAnswer(503, 9, 'Server is busy'),
    { reset: 'after-store' },
    hecAnswer(500, 8, 'Internal server error'),
  );
  await deliver(destination, eventsOf(100));
  expect(receiver.http.counts).toMatchObject({ requests: 4, distinctIds: 100, ids: 200 });
  expect(new Set(receiver.http.requests.map(({ digest }) => digest)).size).toBe(1);
});

test.each([
  ['a token that was taken away', hecAnswer(403, 4, 'Invalid token'), /code 4 \(Invalid token\); check that hecToken/],
  ['a disabled token', hecAnswer(403, 1, 'Token disabled'), /code 1 \(Token disabled\); enable the token/],
  ['acknowledgement turned on', hecAnswer(400, 10, 'Data channel is missing'), /code 10 .*set acknowledgement to true/],
  [
    'a login page',
    { body: '<title>Sign in</title>', store: false },
    /something other than HEC replied 200 \(Sign in\); check hecUrl/,
  ],
])('%s: holds, says so once, loses nothing, and goes on by itself', async (_what, answer, told) => {
  await using receiver = await HecReceiver.start();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger });
  receiver.http.next(answer, answer, answer);
  const events = eventsOf(150);
  await deliver(destination, events);
  expect(receiver.http.ids).toEqual(idsOf(events));
  expect(receiver.deliveries).toHaveLength(5);
  const warnings = logger.lines.filter((line) => line.startsWith('warn '));
  expect(warnings).toEqual([expect.stringMatching(told)]);
  expect(logger.lines.join('\n')).not.toContain(TOKEN);
});

test('an index that the token does not allow: holds, names it, and goes on once it is allowed', async () => {
  await using receiver = await HecReceiver.start();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { index: 'grantex', logger });
  const events = eventsOf(150);
  await destination.send(events);
  await receiver.http.waitFor(({ counts }) => counts.requests >= 4);
  expect(receiver.envelopes).toEqual([]);
  receiver.indexes = ['main', 'grantex'];
  await destination.flush();
  expect(receiver.http.ids).toEqual(idsOf(events));
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([
    expect.stringContaining('code 7 (Incorrect index); the token may not write to index grantex, or there is none'),
  ]);
});

test('check(): the token is known, and nothing is stored', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toEqual({
    ok: true,
    statusCode: 400,
    message: 'the token is valid; whether it may write to index main is not proven by this, but by a test event',
  });
  expect(receiver.http.requests).toMatchObject([{ method: 'POST', path: '/services/collector/event' }]);
  expect(receiver.envelopes).toEqual([]);
});

test('check() and sendTest(): the token is not known', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver, { hecToken: 'a-wrong-token' });
  const expected = {
    ok: false,
    statusCode: 403,
    message: expect.stringMatching(/^Splunk replied 403, code 4 \(Invalid token\); check that hecToken is a token/),
  };
  expect(await destination.check()).toEqual(expected);
  expect(await destination.sendTest()).toMatchObject(expected);
  expect(receiver.envelopes).toEqual([]);
});

test('check(): the token is right and the index is not, when Splunk says so', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver, { index: 'grantex' });
  receiver.http.next({ status: 400, body: fixture('incorrect-index-400.json') });
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining('check index') });
});

test('sendTest(): the token is right and the index is not', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver, { index: 'grantex' });
  expect(await destination.sendTest()).toMatchObject({
    ok: false,
    statusCode: 400,
    message:
      'Splunk replied 400, code 7 (Incorrect index); the token may not write to index grantex, or there is none: check index, and the indexes that the token allows',
  });
});

test('sendTest() delivers one event and says how to find it', async () => {
  await using receiver = await HecReceiver.start({ indexes: ['grantex'] });
  await using destination = destinationFor(receiver, { index: 'grantex' });
  const result = await destination.sendTest();
  expect(result).toEqual({
    ok: true,
    statusCode: 200,
    message: 'accepted',
    eventId: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
    query: `index=grantex event_id=${result.eventId}`,
  });
  expect(receiver.http.ids).toEqual([result.eventId]);
  expect(receiver.envelopes[0]?.['fields']).toEqual({ event_id: result.eventId, event_type: 'grantex.test' });
});

test('check(): nobody listens', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  await receiver.http.down();
  expect(await destination.check()).toEqual({
    ok: false,
    message: `127.0.0.1:${receiver.http.port} refused the connection; check the address, and firewalls and proxies on the way`,
  });
});

test('check(): the host is not known', { timeout: 30_000 }, async () => {
  await using destination = new SplunkDestination({ hecToken: TOKEN, hecUrl: 'https://splunk.invalid:8088' });
  expect(await destination.check()).toEqual({
    ok: false,
    message: 'the host splunk.invalid:8088 is not known; check the address, and the name service of this machine',
  });
});

test('check(): the certificate is not trusted, as Splunk’s own default is not; tls.ca mends it', async () => {
  await using receiver = await HecReceiver.start({ tls: SERVER_TLS });
  await using untrusting = destinationFor(receiver);
  expect(await untrusting.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/^127\.0\.0\.1:\d+: .*certificate.*not trusted.*tls\.ca.*NODE_EXTRA_CA_CERTS$/),
  });
  expect(receiver.http.requests).toEqual([]);
  await using trusting = destinationFor(receiver, { tls: { ca: fixture('ca.cert.pem') } });
  expect(await trusting.check()).toMatchObject({ ok: true });
  expect(await trusting.sendTest()).toMatchObject({ ok: true });
});

test('tls.insecureSkipVerify takes any certificate, with a warning', async () => {
  await using receiver = await HecReceiver.start({ tls: SERVER_TLS });
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { tls: { insecureSkipVerify: true }, logger });
  expect(await destination.sendTest()).toMatchObject({ ok: true });
  expect(logger.lines).toEqual([expect.stringMatching(/^warn splunk: certificates are not checked/)]);
});

test('check(): no answer in time', async () => {
  await using http = await HttpReceiver.start({ answer: () => ({ hang: true }) });
  for (const acknowledgement of [false, true]) {
    await using destination = new SplunkDestination({
      hecToken: TOKEN,
      hecUrl: http.url,
      timeoutMs: 100,
      acknowledgement,
    });
    expect(await destination.check()).toEqual({
      ok: false,
      message: expect.stringContaining('no answer within 100 ms'),
    });
  }
});

test('check(): the token is not in what a proxy echoes', async () => {
  await using http = await HttpReceiver.start({
    answer: ({ headers }) => ({ status: 502, body: `Authorization: ${String(headers.authorization)}` }),
  });
  await using destination = new SplunkDestination({ hecToken: TOKEN, hecUrl: http.url });
  const message = 'Splunk replied 502 (Authorization: Splunk [secret])';
  expect(await destination.check()).toMatchObject({ ok: false, message });
  expect(await destination.sendTest()).toMatchObject({ ok: false, message });
});
