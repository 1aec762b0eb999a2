import { EventServer, HttpReceiver, makeEvents } from '@grantex/testing';
import { EventSource, silentLogger } from '@grantex/core';
import { expect, test } from 'vitest';
import { ArrayDestination, idsOf } from './array-destination.js';

test('events of the stream reach the destination, in order, each once', async () => {
  await using server = await EventServer.start();
  await using receiver = await HttpReceiver.start({ parse: idsOf });
  await using source = new EventSource({ url: server.url, apiKey: server.key, logger: silentLogger });
  source.addDestination(new ArrayDestination({ url: `http://127.0.0.1:${receiver.port}/` }));
  const running = source.start();
  await server.subscribed();
  const events = makeEvents(20_000);
  for (const event of events) server.publish(event);
  await receiver.waitFor(events.length, { timeoutMs: 10_000 });
  expect(receiver.ids).toEqual(events.map(({ id }) => id));
  expect(await source.stop()).toEqual({ remaining: [] });
  await running;
});
