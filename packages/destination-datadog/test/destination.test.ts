// Above 300 lines: what the destination does, case by case, against one Datadog-like intake.
import { readFileSync } from 'node:fs';
import { createHttpAgent, exchange, type GrantexEvent, type Logger, type NewDeadLetter } from '@grantex/core';
import {
  datadogReceiver,
  HttpReceiver,
  makeEvents,
  ManualClock,
  type DatadogReceiver,
  type EventStreamOptions,
} from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { DatadogDestination, type DatadogOptions } from '../src/index.js';

const HOUR = 3_600_000;

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');
}

function eventsOf(count: number, options: EventStreamOptions = {}): GrantexEvent[] {
  return makeEvents(count, { startTime: Date.now(), ...options }) as unknown as GrantexEvent[];
}

function idsOf(events: readonly GrantexEvent[]): string[] {
  return events.map(({ id }) => id);
}

/** Remembers the lines of a destination that works alone. */
function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const record = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

function destinationFor(receiver: DatadogReceiver, options: Partial<DatadogOptions> = {}): DatadogDestination {
  return new DatadogDestination({
    apiKey: receiver.apiKey,
    endpoint: receiver.url,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    logger: recordingLogger(),
    ...options,
  });
}

test('a request as the documentation asks for it', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  const events = eventsOf(3);
  await destination.send(events);
  await destination.flush();

  expect(receiver.ids).toEqual(idsOf(events));
  const [request] = receiver.requests;
  expect(request).toMatchObject({ method: 'POST', path: '/api/v2/logs', query: '' });
  expect(request?.headers).toMatchObject({
    'dd-api-key': 'dd-test-key',
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    'dd-evp-origin': 'grantex',
    'dd-evp-origin-version': expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
  expect(receiver.logs.map(({ entry }) => entry['message'])).toEqual(events.map((event) => JSON.stringify(event)));
});

test('what the guide’s monitors and widgets look for', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver, { service: 'auth', tags: ['env:prod'] });
  const [event] = eventsOf(1, { types: ['grant.revoked'] });
  await destination.send([event as GrantexEvent]);
  await destination.flush();
  expect(receiver.logs[0]?.entry).toMatchObject({
    ddsource: 'grantex',
    ddtags: 'type:grant.revoked,env:prod',
    hostname: 'grantex-auth-service',
    service: 'auth',
    status: 'warn',
    timestamp: Date.parse(event?.createdAt ?? ''),
    'grantex.event_id': event?.id,
    'grantex.event_type': 'grant.revoked',
    'grantex.grant_id': expect.stringMatching(/^grnt_/),
  });
});

test.each([
  ['gzip', 'gzip', '1f8b'],
  ['zstd', 'zstd', '28b52ffd'],
  ['none', undefined, Buffer.from('[{"ddsource"').toString('hex')],
] as const)('compression %s', async (compression, encoding, magic) => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver, { compression });
  await destination.send(eventsOf(2));
  await destination.flush();
  const [request] = receiver.accepted;
  expect(request?.headers['content-encoding']).toBe(encoding);
  expect(request?.raw.toString('hex', 0, magic.length / 2)).toBe(magic);
  expect(receiver.ids).toHaveLength(2);
});

test('100 events in a request, and what is left at flush()', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  const events = eventsOf(250);
  await destination.send(events);
  await destination.flush();
  expect(receiver.accepted.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
  expect(receiver.ids).toEqual(idsOf(events));
});

test('a request stays below 5 MB', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver, { batchSize: 1_000 });
  const events = eventsOf(12).map((event) => ({ ...event, padding: 'ä'.repeat(400_000) }));
  await destination.send(events);
  await destination.flush();
  expect(receiver.requests.map(({ status }) => status)).toEqual([202, 202]);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(receiver.truncated).toEqual([]);
});

test('a log above 1 MB, which Datadog would cut off in silence, becomes a dead letter; its neighbours do not', async () => {
  await using receiver = await datadogReceiver();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  const events = eventsOf(3).map((event, index) =>
    index === 1 ? { ...event, padding: 'x'.repeat(1_000_000) } : event,
  );
  await destination.send(events);
  await destination.flush();
  expect(receiver.ids).toEqual([events[0]?.id, events[2]?.id]);
  expect(receiver.truncated).toEqual([]);
  expect(letters).toMatchObject([{ eventId: events[1]?.id, code: 'DEST_TOO_LARGE', attempts: 0 }]);
});

test('a retry sends the same bytes, also when the answer was lost', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  receiver.next({ status: 503 }, { reset: 'after-store' }, { status: 500 }, { status: 408 });
  const events = eventsOf(100);
  await destination.send(events);
  await destination.flush();
  expect(receiver.counts).toMatchObject({ requests: 5, distinctIds: 100, ids: 200 });
  expect(new Set(receiver.requests.map(({ digest }) => digest)).size).toBe(1);
});

test('429: no request before Retry-After', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  receiver.next({ status: 429, retryAfter: 1 });
  await destination.send(eventsOf(1));
  await destination.flush();
  const [first, second] = receiver.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('a wrong key holds the delivery, loses nothing, says so once, and is not shown', async () => {
  await using receiver = await datadogReceiver();
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger });
  const forbidden = { status: 403, body: fixture('forbidden-403.json') };
  receiver.next(forbidden, forbidden, forbidden);
  const events = eventsOf(150);
  await destination.send(events);
  await destination.flush();
  expect(receiver.ids).toEqual(idsOf(events));
  const warnings = logger.lines.filter((line) => line.startsWith('warn '));
  expect(warnings).toEqual([
    expect.stringContaining('Datadog replied 403 (Forbidden: API key is invalid); check that apiKey'),
  ]);
  expect(logger.lines.join('\n')).not.toContain(receiver.apiKey);
});

test('a key of another site (400 to everything) loses nothing', async () => {
  await using receiver = await datadogReceiver();
  const letters: NewDeadLetter[] = [];
  const logger = recordingLogger();
  await using destination = destinationFor(receiver, { logger, onDeadLetter: (letter) => void letters.push(letter) });
  receiver.next(...Array.from({ length: 60 }, () => ({ status: 400, body: fixture('bad-request-400.html') })));
  const events = eventsOf(100);
  await destination.send(events);
  await destination.flush();
  expect(receiver.requests.length).toBeGreaterThan(60);
  expect(new Set(receiver.ids)).toEqual(new Set(idsOf(events)));
  expect(letters).toEqual([]);
  expect(logger.lines.filter((line) => line.startsWith('warn '))).toEqual([
    expect.stringContaining('a key of another site'),
  ]);
});

test('one bad event in a batch of 100: one dead letter with the reason', async () => {
  const events = eventsOf(100);
  const bad = events[61]?.id ?? '';
  await using receiver = await datadogReceiver({ rejectId: (id) => id === bad });
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  await destination.send(events);
  await destination.flush();
  expect(new Set(receiver.ids)).toEqual(new Set(idsOf(events).filter((id) => id !== bad)));
  expect(letters).toMatchObject([
    {
      eventId: bad,
      destination: 'datadog',
      code: 'DEST_REJECTED',
      statusCode: 400,
      reason: expect.stringContaining('Datadog replied 400 (Bad Request: Invalid log entry)'),
    },
  ]);
});

test('a late event is sent so that Datadog indexes it', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  const late = eventsOf(2, { startTime: Date.now() - 19 * HOUR });
  const inTime = eventsOf(1, { seed: 2 });
  await destination.send([...late, ...inTime]);
  await destination.flush();
  expect(receiver.silentlyDropped).toEqual([]);
  expect(receiver.ids).toEqual(idsOf([...late, ...inTime]));
  expect(receiver.logs.map(({ entry }) => String(entry['ddtags']).endsWith(',late:true'))).toEqual([true, true, false]);
});

test("lateEvents 'dead-letter': a late event is given up with the reason, and not sent", async () => {
  await using receiver = await datadogReceiver();
  const letters: NewDeadLetter[] = [];
  const onDeadLetter = (letter: NewDeadLetter) => void letters.push(letter);
  await using destination = destinationFor(receiver, { lateEvents: 'dead-letter', onDeadLetter });
  const [late, inTime] = [eventsOf(1, { startTime: Date.now() - 19 * HOUR }), eventsOf(1, { seed: 2 })];
  await destination.send([...late, ...inTime]);
  await destination.flush();
  expect(receiver.ids).toEqual(idsOf(inTime));
  expect(letters).toMatchObject([{ eventId: late[0]?.id, reason: expect.stringContaining('the event is 19.0 h old') }]);
});

test('an event that becomes late while it waits is dated anew before the next attempt', async () => {
  const clock = new ManualClock(Date.UTC(2026, 2, 1, 12));
  await using receiver = await datadogReceiver({ now: () => clock.now() });
  await using destination = destinationFor(receiver, { clock });
  const events = [
    ...eventsOf(1, { startTime: clock.now() - 17 * HOUR }),
    ...eventsOf(1, { seed: 2, startTime: clock.now() }),
  ];
  receiver.next({ status: 503, retryAfter: 7_200 });
  await destination.send(events);
  const flushed = destination.flush();
  const retryAt = clock.now() + 2 * HOUR;
  // First the backoff, of half a second at most; behind it comes what the service asked for.
  await vi.waitFor(() => expect(clock.waiting.nextAt).toBeLessThanOrEqual(clock.now() + 500));
  await clock.runNext();
  await vi.waitFor(() => expect(clock.waiting.nextAt).toBe(retryAt));
  await clock.advance(retryAt - clock.now());
  await flushed;

  expect(receiver.silentlyDropped).toEqual([]);
  expect(receiver.ids).toEqual(idsOf(events));
  expect(receiver.logs.map(({ entry }) => [entry['timestamp'], String(entry['ddtags']).endsWith('late:true')])).toEqual(
    [
      [retryAt, true],
      [Date.UTC(2026, 2, 1, 12), false],
    ],
  );
});

test('sendTest() delivers one event and says how to find it', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  const result = await destination.sendTest();
  expect(result).toEqual({
    ok: true,
    statusCode: 202,
    message: 'accepted',
    eventId: expect.stringMatching(/^evt_[0-9A-Z]{26}$/),
    query: `@grantex.event_id:${result.eventId}`,
  });
  expect(receiver.ids).toEqual([result.eventId]);
  expect(receiver.logs[0]?.entry).toMatchObject({ ddtags: 'type:grantex.test', 'grantex.event_type': 'grantex.test' });
});

test('sendTest() with a wrong key says what to mend', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver, { apiKey: 'wrong-key' });
  expect(await destination.sendTest()).toMatchObject({
    ok: false,
    statusCode: 403,
    message: expect.stringMatching(/^Datadog replied 403 \(Forbidden: API key is invalid\); check that apiKey/),
  });
  expect(receiver.ids).toEqual([]);
});

test('check(): the key is known', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toEqual({
    ok: true,
    statusCode: 200,
    message: `the API key is valid; whether logs reach 127.0.0.1:${receiver.port} is not proven by this, but by a test event`,
  });
  expect(receiver.requests).toMatchObject([{ method: 'GET', path: '/api/v1/validate', size: 0 }]);
});

test('check(): the key is not known', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver, { apiKey: 'wrong-key' });
  expect(await destination.check()).toMatchObject({
    ok: false,
    statusCode: 403,
    message: expect.stringMatching(/^Datadog replied 403 \(Forbidden: API key is invalid\); check that apiKey/),
  });
});

test('check(): the key is not in what a proxy echoes', async () => {
  await using receiver = await HttpReceiver.start({
    answer: ({ headers }) => ({ status: 502, body: `DD-API-KEY: ${String(headers['dd-api-key'])}` }),
  });
  await using destination = new DatadogDestination({ apiKey: 'a-secret-key', endpoint: receiver.url });
  expect(await destination.check()).toMatchObject({ message: 'Datadog replied 502 (DD-API-KEY: [secret])' });
  expect(await destination.sendTest()).toMatchObject({ message: 'Datadog replied 502 (DD-API-KEY: [secret])' });
});

test('check(): nobody listens', async () => {
  await using receiver = await datadogReceiver();
  await using destination = destinationFor(receiver);
  await receiver.down();
  expect(await destination.check()).toEqual({
    ok: false,
    message: `127.0.0.1:${receiver.port} refused the connection; check the address, and firewalls and proxies on the way`,
  });
});

test('check(): the host is not known', { timeout: 30_000 }, async () => {
  await using destination = new DatadogDestination({ apiKey: 'dd-test-key', site: 'nowhere.invalid' });
  expect(await destination.check()).toEqual({
    ok: false,
    message: 'the host api.nowhere.invalid is not known; check the address, and the name service of this machine',
  });
});

test('check(): the certificate is not trusted', async () => {
  const tls = { key: fixture('self-signed.key.pem'), cert: fixture('self-signed.cert.pem') };
  await using receiver = await HttpReceiver.start({ tls });
  await using destination = new DatadogDestination({ apiKey: 'dd-test-key', endpoint: receiver.url });
  expect(await destination.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/^127\.0\.0\.1:\d+: .*certificate.*not trusted.*NODE_EXTRA_CA_CERTS$/),
  });
  expect(receiver.requests).toEqual([]);
});

test('check(): no answer in time', async () => {
  await using receiver = await HttpReceiver.start({ answer: () => ({ hang: true }) });
  await using destination = new DatadogDestination({ apiKey: 'dd-test-key', endpoint: receiver.url, timeoutMs: 100 });
  expect(await destination.check()).toEqual({
    ok: false,
    message: expect.stringMatching(/^no answer from 127\.0\.0\.1:\d+: /),
  });
});

test('an endpoint with a path of its own', async () => {
  await using receiver = await HttpReceiver.start({ answer: () => ({ status: 202, body: '{}' }) });
  await using destination = new DatadogDestination({
    apiKey: 'dd-test-key',
    endpoint: `${receiver.url}/insert/datadog`,
  });
  await destination.sendTest();
  await destination.check();
  expect(receiver.requests.map(({ path }) => path)).toEqual([
    '/insert/datadog/api/v2/logs',
    '/insert/datadog/api/v1/validate',
  ]);
});

test("close() ends its own connections, and leaves a user's dispatcher open", async () => {
  await using receiver = await datadogReceiver();
  const dispatcher = createHttpAgent(1);
  for (const options of [{}, { dispatcher }]) {
    const destination = destinationFor(receiver, options);
    await destination.send(eventsOf(1));
    await destination.close();
    expect((await destination.check()).ok).toBe('dispatcher' in options);
  }
  const url = new URL(receiver.url);
  const reply = await exchange({ url, method: 'GET', signal: AbortSignal.timeout(1_000), dispatcher });
  expect(reply.status).toBe(404);
  await dispatcher.close();
});

test('two of a kind have names', async () => {
  await using first = new DatadogDestination({ apiKey: 'key-1' });
  await using second = new DatadogDestination({ apiKey: 'key-2', name: 'datadog-eu' });
  expect([first.name, second.name]).toEqual(['datadog', 'datadog-eu']);
});
