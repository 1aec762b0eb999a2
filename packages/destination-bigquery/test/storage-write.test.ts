// Above 300 lines: what the Storage Write API does to streams and places, case by case, against one scripted server.
import { Batch, EventSource, MemoryJournal, type GrantexEvent, type NewDeadLetter } from '@grantex/core';
import { EventServer, ManualClock } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { BigQueryDestination, type BigQueryOptions } from '../src/index.js';
import { deliver, eventsOf, fixture, idsOf, QUICK, receive, recordingLogger, TABLE, TABLE_PATH } from './rig.js';
import { ownClient, WriteServer } from './write-server.js';

function destinationFor(server: WriteServer, options: Partial<BigQueryOptions> = {}): BigQueryDestination {
  return new BigQueryDestination({
    ...TABLE,
    mode: 'storage-write',
    storageApiEndpoint: server.url,
    batchSize: 5,
    retry: QUICK,
    logger: recordingLogger(),
    ...options,
  });
}

function warningsOf(logger: { readonly lines: readonly string[] }): string[] {
  return logger.lines.filter((line) => line.startsWith('warn '));
}

test('one stream, one place behind the other, in order', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  const events = eventsOf(12);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
  expect(server.requests.map(({ stream, offset }) => [stream, offset])).toEqual([
    [`${TABLE_PATH}/streams/s1`, 0],
    [`${TABLE_PATH}/streams/s1`, 5],
    [`${TABLE_PATH}/streams/s1`, 10],
  ]);
  // One call for all of them, with the header by which BigQuery finds the region.
  const calls = server.metadata.map((headers) => headers['x-goog-request-params']);
  expect(calls.filter((header) => String(header).includes('streams/'))).toEqual([
    `write_stream=${TABLE_PATH}/streams/s1`,
  ]);
});

test('the first batch opens its stream itself: no time passes before it is sent, and nothing is warned of', async () => {
  await using server = await WriteServer.start();
  const logger = recordingLogger();
  // It stands still.
  await using destination = destinationFor(server, { clock: new ManualClock(), logger });
  const events = eventsOf(5);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
  expect(warningsOf(logger)).toEqual([]);
});

test('a stream that is not opened within timeoutMs is given up, and another one is opened', async () => {
  await using server = await WriteServer.start();
  const clock = new ManualClock();
  // Without a delay the next try comes at once, although the clock stands still again.
  await using destination = destinationFor(server, { clock, retry: { ...QUICK, initialMs: 0, maxMs: 0 } });
  let openings = 0;
  server.rule = (_ids, method) => (method === 'createWriteStream' && ++openings === 1 ? 'hang' : undefined);
  const events = eventsOf(5);
  await destination.send(events);
  await vi.waitFor(() => expect(openings).toBe(1));
  await clock.advance(30_000);
  await destination.flush();
  expect(openings).toBe(2);
  expect(server.ids).toEqual(idsOf(events));
});

test('a lost answer costs no repeat: the batch comes again to the same place', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  const events = eventsOf(10);
  const lost = new Set([events[0]?.id, events[5]?.id]);
  server.rule = (ids) => (lost.delete(ids[0]) ? 'store and cut' : undefined);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
  expect(server.requests.map(({ offset }) => offset)).toEqual([0, 0, 5, 5]);
});

test('random losses of requests and answers: every event is stored once, in order', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  let number = 0;
  server.rule = (_ids, method) => {
    if (method !== 'appendRows') return undefined;
    const fate = ++number % 7;
    if (fate === 1) return 'store and cut';
    if (fate === 3) return 'cut';
    return fate === 4 ? { answer: { code: 10, message: 'an earlier append failed' } } : undefined;
  };
  const events = eventsOf(100);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
});

test('a bad row: a dead letter with the words of BigQuery, all others once', async () => {
  await using server = await WriteServer.start();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(server, { onDeadLetter: (letter) => void letters.push(letter) });
  const events = eventsOf(15);
  const bad = events[7]?.id ?? '';
  server.rule = (ids) => (ids.includes(bad) ? { badRows: new Map([[bad, 'Malformed JSON']]) } : undefined);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events).filter((id) => id !== bad));
  expect(letters).toMatchObject([{ eventId: bad, reason: 'BigQuery refused the row (Malformed JSON)' }]);
});

test('an event that is refused, and taken in the end, never stands for another one', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server, { batchSize: 1 });
  const events = eventsOf(4);
  const suspect = events[1]?.id ?? '';
  let refusals = 0;
  server.rule = (ids) =>
    ids.includes(suspect) && refusals++ < 1 ? { badRows: new Map([[suspect, 'not now']]) } : undefined;
  await deliver(destination, events);
  expect(server.ids.toSorted()).toEqual(idsOf(events).toSorted());
  // Its own place stayed its own: what came behind it went into another stream.
  expect(server.streams.get(`${TABLE_PATH}/streams/s1`)).toEqual([events[0]?.id, suspect]);
});

test('INTERNAL again and again: the batch is halved, and its halves stand where it would have stood', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  const events = eventsOf(5);
  let first = true;
  // The very first try was stored all the same.
  server.rule = (ids, method) => {
    if (method !== 'appendRows' || ids.length < 5) return undefined;
    if (first) {
      first = false;
      return 'store and cut';
    }
    return { answer: { code: 13, message: 'internal error' } };
  };
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
});

test('a stream that is gone: a new one, and it is said that the batch may be there twice', async () => {
  await using server = await WriteServer.start();
  const logger = recordingLogger();
  await using destination = destinationFor(server, { logger });
  await destination.check(); // Opens the stream.
  const [before, after] = [eventsOf(10).slice(0, 5), eventsOf(10).slice(5)];
  await deliver(destination, before);
  let isFirst = true;
  server.rule = (_ids, method) => {
    if (method !== 'appendRows' || !isFirst) return undefined;
    isFirst = false;
    server.forgetStreams();
    return 'cut';
  };
  await deliver(destination, after);
  expect(server.ids).toEqual(idsOf([...before, ...after]));
  expect(warningsOf(logger)).toEqual([
    expect.stringMatching(/5 event\(s\) from evt_\w+ on are written to a new stream.*in the table twice/),
  ]);
});

test.each([
  ['NOT_FOUND at the first try', { code: 5, message: 'gone' }],
  ['FAILED_PRECONDITION, finalized', { code: 9, message: 'finalized' }],
  ['OUT_OF_RANGE', { code: 11, message: 'beyond the end' }],
])('%s: a new stream in silence, since the batch is surely not there', async (_what, answer) => {
  await using server = await WriteServer.start();
  const logger = recordingLogger();
  await using destination = destinationFor(server, { logger });
  await destination.check(); // Opens the stream.
  let isFirst = true;
  server.rule = (_ids, method) => {
    if (method !== 'appendRows' || !isFirst) return undefined;
    isFirst = false;
    return { answer };
  };
  const events = eventsOf(10);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
  expect(warningsOf(logger)).toEqual([]);
  expect(server.requests.map(({ stream, offset }) => [stream.split('/').at(-1), offset])).toEqual([
    ['s1', 0],
    ['s2', 0],
    ['s2', 5],
  ]);
});

/** What the engine does with a batch that an earlier process had opened. */
async function sendWithState(destination: BigQueryDestination, events: readonly GrantexEvent[], state: string) {
  const hooks = destination as unknown as {
    encode(event: GrantexEvent): Uint8Array;
    sendBatch(batch: Batch<Uint8Array>, attempt: { number: number; signal: AbortSignal }): Promise<unknown>;
  };
  const items = events.map((event, position) => {
    const record = hooks.encode(event);
    return { position, partition: '', event, text: '', record, bytes: record.length };
  });
  return hooks.sendBatch(new Batch(items, state), { number: 1, signal: new AbortController().signal });
}

test('after a restart an open batch goes to its old place, stored already or not; new ones get a new stream', async () => {
  await using server = await WriteServer.start();
  const events = eventsOf(9);
  const old = `${TABLE_PATH}/streams/old`;
  server.streams.set(old, idsOf(events.slice(0, 3)));
  await using destination = destinationFor(server);
  expect(await sendWithState(destination, events.slice(0, 3), `${old}@0`)).toEqual({ outcome: 'accepted' });
  expect(server.ids).toEqual([]);
  expect(await sendWithState(destination, events.slice(3, 6), `${old}@3`)).toEqual({ outcome: 'accepted' });
  await deliver(destination, events.slice(6));
  expect(server.ids).toEqual(idsOf(events.slice(3)));
  expect(server.requests.at(-1)).toMatchObject({ stream: `${TABLE_PATH}/streams/s1`, offset: 0 });
});

test('dead letters can be sent again right after a start, when no stream is open yet', async () => {
  await using server = await WriteServer.start();
  await using stream = await EventServer.start();
  const options = { url: stream.url, apiKey: stream.key, journal: new MemoryJournal(), logger: recordingLogger() };
  const events = eventsOf(5);
  const bad = events[2]?.id ?? '';
  server.rule = (ids) => (ids.includes(bad) ? { badRows: new Map([[bad, 'not now']]) } : undefined);
  const before = new EventSource(options).addDestination(destinationFor(server));
  const running = before.start();
  await stream.subscribed();
  stream.publish(events);
  await vi.waitFor(() => expect(before.deadLetters.size).toBe(1));
  await before.stop();
  await running;

  server.rule = () => undefined;
  const after = new EventSource(options).addDestination(destinationFor(server));
  const runningAgain = after.start();
  await stream.subscribed();
  const numbers = (await after.deadLetters.list()).map(({ number }) => number);
  expect(await after.deadLetters.retry(numbers)).toEqual({ delivered: numbers, refused: [], untried: [] });
  await after.stop();
  await runningAgain;
  expect(server.ids).toEqual([...idsOf(events).filter((id) => id !== bad), bad]);
});

test.each([`projects/other/datasets/grantex/tables/events/streams/x@0`, 'nonsense'])(
  'a batch of another table (%s) is written to this one, and that is said',
  async (state) => {
    await using server = await WriteServer.start();
    const logger = recordingLogger();
    await using destination = destinationFor(server, { logger });
    const events = eventsOf(3);
    await sendWithState(destination, events, state);
    expect(server.ids).toEqual(idsOf(events));
    expect(warningsOf(logger)).toEqual([expect.stringContaining('its place is in another table')]);
  },
);

test('a missing table: holds, says once what to mend, and goes on by itself', async () => {
  await using server = await WriteServer.start();
  const { columns } = server;
  server.columns = undefined;
  const logger = recordingLogger();
  await using destination = destinationFor(server, { logger });
  const events = eventsOf(3);
  await destination.send(events);
  const flushed = destination.flush();
  const holding = () => warningsOf(logger).filter((line) => line.includes('holding'));
  await vi.waitFor(() => expect(holding()).not.toEqual([]));
  server.columns = columns;
  await flushed;
  expect(holding()).toEqual([expect.stringMatching(/not found.*check projectId, datasetId and tableId/)]);
  expect(server.ids).toEqual(idsOf(events));
});

test('createTable: made over REST before the first stream is opened', async () => {
  await using server = await WriteServer.start();
  const { columns } = server;
  server.columns = undefined;
  await using rest = await receive();
  rest.answer(({ method }) => {
    if (method === 'POST') server.columns = columns;
    return { status: method === 'GET' ? 404 : 200, body: '{}' };
  });
  await using destination = destinationFor(server, { createTable: true, apiEndpoint: rest.url });
  const events = eventsOf(3);
  await deliver(destination, events);
  expect(server.ids).toEqual(idsOf(events));
  expect(rest.requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('check(): fine, table missing, wrong columns, no rights, nobody there, host unknown, TLS not trusted', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  expect(await destination.check()).toMatchObject({
    ok: true,
    message: expect.stringContaining('a write stream is open'),
  });
  const { columns } = server;
  server.columns = undefined;
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining('tableId') });
  server.columns = columns?.slice(1);
  expect(await destination.check()).toMatchObject({
    ok: false,
    message: expect.stringContaining('no column event_id'),
  });
  server.rule = () => ({ end: { code: 7, message: 'denied' } });
  expect(await destination.check()).toMatchObject({ ok: false, message: expect.stringContaining('dataEditor') });

  await using nobody = destinationFor(server, { storageApiEndpoint: 'http://127.0.0.1:1' });
  expect(await nobody.check()).toMatchObject({ ok: false, message: expect.stringContaining('refused the connection') });
  await using unknown = destinationFor(server, {
    storageApiEndpoint: 'http://bigquery.invalid',
    allowInsecureHosts: ['bigquery.invalid'],
  });
  expect(await unknown.check()).toMatchObject({ ok: false, message: expect.stringContaining('is not known') });
});

test('a missing key file is said, and ends nothing', async () => {
  await using destination = new BigQueryDestination({
    ...TABLE,
    mode: 'storage-write',
    keyFilename: '/nowhere/key.json',
    logger: recordingLogger(),
    retry: QUICK,
  });
  for (let time = 0; time < 2; time++) {
    expect(await destination.check()).toMatchObject({
      ok: false,
      message: expect.stringMatching(/no access token of Google.*check keyFilename/),
    });
  }
});

test('sendTest() goes to the default stream, which keeps no places', async () => {
  await using server = await WriteServer.start();
  await using destination = destinationFor(server);
  const result = await destination.sendTest();
  expect(result).toMatchObject({ ok: true, query: expect.stringContaining(result.eventId) });
  expect(server.ids).toEqual([result.eventId]);
  expect(server.requests).toMatchObject([{ stream: `${TABLE_PATH}/streams/_default`, offset: undefined }]);
  server.columns = undefined;
  expect(await destination.sendTest()).toMatchObject({ ok: false, message: expect.stringContaining('tableId') });
});

test('own client: used, and left open', async () => {
  await using server = await WriteServer.start();
  const client = ownClient(server);
  const destination = new BigQueryDestination({
    ...TABLE,
    mode: 'storage-write',
    client,
    retry: QUICK,
    logger: recordingLogger(),
  });
  const events = eventsOf(3);
  await deliver(destination, events);
  await destination.close();
  expect(server.ids).toEqual(idsOf(events));
  const [stream] = await client.getWriteStream({ name: `${TABLE_PATH}/streams/_default` });
  expect(stream.name).toContain('_default');
  await client.close();
});

test('over TLS: a certificate that is not trusted is said to be so', async () => {
  const tls = { key: fixture('server.key.pem'), cert: fixture('server.cert.pem') };
  await using server = await WriteServer.start({ tls });
  const client = ownClient(server);
  await using destination = destinationFor(server, { client });
  expect(await destination.check()).toMatchObject({
    ok: false,
    message: expect.stringMatching(/certificate of the service is not trusted.*NODE_EXTRA_CA_CERTS/),
  });
  await client.close();
});
