import { EventSource, StreamError, type EventDestination, type GrantexEvent } from '@grantex/core';
import { EventServer, makeEvent, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { RecordingLogger } from './recording-logger.js';
import { idsOfEvents, Rig, until } from './rig.js';

// Most of these wait for the second in which no connection is given up, so they wait together.

class Sink implements EventDestination {
  readonly name: string;
  readonly received: GrantexEvent[] = [];

  constructor(name = 'sink') {
    this.name = name;
  }

  async send(events: GrantexEvent[]): Promise<void> {
    this.received.push(...events);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

test.concurrent('events of the stream reach the destination, in order, each once', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(20_000);
  await rig.publish(events);
  await receiver.waitFor(events.length, { timeoutMs: 10_000 });
  expect(receiver.ids).toEqual(idsOfEvents(events));
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  expect(rig.logger.loud).toEqual([]);
});

test.concurrent('the text that came is the text that is sent', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 1 });
  rig.source.addDestination(destination);
  await rig.listen();
  const text =
    '{"id":"evt_1",  "type":"grant.revoked","createdAt":"2026-03-01T12:00:00.000Z","data":{"grantId":"g\\u00e9","n":1.0}}';
  rig.server.publishRaw(text);
  await receiver.waitFor(1);
  expect(receiver.accepted[0]?.body.toString()).toBe(`[${text}]`);
});

test.concurrent('a class for an earlier version, without flush and close, works', async () => {
  await using rig = await Rig.start();
  const received: string[] = [];
  const plain = {
    name: 'earlier',
    send: async (events: GrantexEvent[]) => void received.push(...events.map(({ id }) => id)),
  };
  rig.source.addDestination(plain as unknown as EventDestination);
  await rig.listen();
  const events = makeEvents(3);
  await rig.publish(events);
  await until('all are there', () => received.length === 3);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  expect(rig.logger.loud).toEqual([]);
});

test.concurrent('a wrong key ends start() within two seconds with the status, and nothing else is said', async () => {
  await using server = await EventServer.start();
  const logger = new RecordingLogger();
  const source = new EventSource({ url: server.url, apiKey: 'gx_test_this_key_is_not_known', logger });
  source.addDestination(new Sink());
  const startedAt = Date.now();
  const error = await source.start().catch((reason: unknown) => reason);
  expect(Date.now() - startedAt).toBeLessThan(2_000);
  expect(error).toBeInstanceOf(StreamError);
  expect(error).toMatchObject({
    name: 'StreamError',
    message: 'Failed to connect to event stream: 401',
    code: 'STREAM_REFUSED',
    statusCode: 401,
    cause: { message: 'UNAUTHORIZED: Invalid API key. Check the apiKey' },
  });
  expect(logger.lines).toEqual([]);
});

test.concurrent('a server that is not ready at the first connect is tried again', async () => {
  await using rig = await Rig.start();
  const sink = new Sink();
  rig.source.addDestination(sink);
  rig.server.refuseNext(2, { status: 503 });
  await rig.listen();
  rig.server.publish(makeEvents(3));
  await until('3 events', () => sink.received.length === 3);
  expect(rig.server.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
});

test.concurrent('start() without anybody to read is refused, and so is a second start()', async () => {
  await using rig = await Rig.start();
  await expect(rig.source.start()).rejects.toMatchObject({ code: 'STATE_INVALID' });
  rig.source.addDestination(new Sink());
  await rig.listen();
  await expect(rig.source.start()).rejects.toMatchObject({ code: 'STATE_INVALID' });
});

test.concurrent('two destinations of one name are refused, also when one of them is a class of the user', async () => {
  const source = new EventSource({ url: 'http://localhost:1', apiKey: 'k' });
  source.addDestination(new Sink('same'));
  expect(() => source.addDestination(new Sink('same'))).toThrow('a destination named "same" was added before');
});

test.concurrent('a key is not sent over plain http to another host, unless the host is named', () => {
  const options = { url: 'http://grantex.internal', apiKey: 'gx_live_secret' };
  expect(() => new EventSource(options)).toThrow(
    'url: expected https, because a key is sent there, got plain http to grantex.internal',
  );
  expect(() => new EventSource({ ...options, allowInsecureHosts: ['grantex.internal'] })).not.toThrow();
  expect(() => new EventSource({ ...options, url: 'http://127.0.0.1:1' })).not.toThrow();
});

test.concurrent('only the types that were asked for arrive, even from a server that sends others', async () => {
  await using rig = await Rig.start({ source: { types: ['grant.revoked'] } });
  const sink = new Sink();
  rig.source.addDestination(sink);
  await rig.listen();
  rig.server.publish([makeEvent('grant.created'), makeEvent('grant.revoked')]);
  rig.server.writeRaw(`data: ${JSON.stringify(makeEvent('token.issued'))}\n\n`);
  rig.server.publish(makeEvent('grant.revoked'));
  await until('two events', () => sink.received.length === 2);
  expect(sink.received.map(({ type }) => type)).toEqual(['grant.revoked', 'grant.revoked']);
  expect(rig.server.requests[0]?.query).toBe('types=grant.revoked');
});

test.concurrent('a cut is repaired at once, and the time between is a recorded gap', async () => {
  const gaps: unknown[] = [];
  await using rig = await Rig.start({ source: { onGap: (gap) => gaps.push(gap) } });
  const sink = new Sink();
  rig.source.addDestination(sink);
  await rig.listen();
  rig.server.publish(makeEvents(5, { seed: 1 }));
  await until('the first events', () => sink.received.length === 5);
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // A connection that was heard for a second is sound.
  rig.server.publish(makeEvent('sso.login'));
  await until('one more', () => sink.received.length === 6);
  const cutAt = Date.now();
  rig.server.cut();
  await rig.server.subscribed();
  expect(Date.now() - cutAt).toBeLessThan(400);
  rig.server.publish(makeEvents(5, { seed: 2 }));
  await until('the last events', () => sink.received.length === 11);
  expect(gaps).toHaveLength(1);
  expect(rig.journal.stats().gaps).toEqual(gaps);
  expect(rig.source.stats()).toMatchObject({ state: 'heard', lostSince: undefined, received: 11 });
});

test.concurrent('for await reads the stream without a destination, and break ends everything', async () => {
  await using server = await EventServer.start();
  const source = new EventSource({ url: server.url, apiKey: server.key, logger: new RecordingLogger() });
  const events = makeEvents(250);
  const publishing = server.subscribed().then(() => server.publish(events));
  const ids: string[] = [];
  for await (const event of source) {
    ids.push(event.id);
    if (ids.length === 250) break;
  }
  await publishing;
  expect(ids).toEqual(idsOfEvents(events));
  expect(source.stats().state).toBe('stopped');
  await until('the connection to be closed', () => server.connections === 0);
  expect(server.earlyAborts).toBe(0);
});

test.concurrent('for await ends with the StreamError when the key is wrong', async () => {
  await using server = await EventServer.start();
  const source = new EventSource({ url: server.url, apiKey: 'gx_test_this_key_is_not_known' });
  await expect(source[Symbol.asyncIterator]().next()).rejects.toThrow('Failed to connect to event stream: 401');
});

test.concurrent('ready() resolves when the stream is heard, and rejects when it never will be', async () => {
  await using rig = await Rig.start();
  rig.source.addDestination(new Sink());
  const ready = rig.source.ready();
  await rig.listen();
  rig.server.publish(makeEvents(1));
  await ready;
  expect(rig.source.stats().state).toBe('heard');
  await rig.source.stop();
  await expect(rig.source.ready()).rejects.toMatchObject({ code: 'STATE_INVALID' });
  const refused = new EventSource({ url: rig.server.url, apiKey: 'gx_test_this_key_is_not_known' });
  refused.addDestination(new Sink());
  await Promise.all([
    expect(refused.ready()).rejects.toMatchObject({ code: 'STATE_INVALID' }),
    expect(refused.start()).rejects.toThrow('401'),
  ]);
});

test.concurrent('a source that is stopped at once never leaks a slot at the server', async () => {
  await using rig = await Rig.start();
  rig.source.addDestination(new Sink());
  await rig.listen();
  await rig.source.stop();
  expect(rig.server.earlyAborts).toBe(0);
});
