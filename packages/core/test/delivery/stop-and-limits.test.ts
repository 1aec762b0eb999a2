import { type EventDestination } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOfEvents, Rig, until } from '../rig.js';

test.concurrent('stop() with 50,000 buffered events delivers all of them', { timeout: 30_000 }, async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 1_000 });
  receiver.answer(() => ({ status: 200, delayMs: 20 }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(50_000);
  await rig.publish(events);
  await until('all events received', () => rig.source.stats().received === 50_000);
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  expect(receiver.ids).toEqual(idsOfEvents(events));
});

test.concurrent('stop() that runs out of time reports exactly what remains', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 100 });
  receiver.answer(() => ({ status: 200, delayMs: 50 }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(10_000);
  await rig.publish(events);
  await until('all events received', () => rig.source.stats().received === 10_000);
  const startedAt = Date.now();
  const { remaining } = await rig.source.stop({ deadlineMs: 1_500 });
  expect(Date.now() - startedAt).toBeLessThan(4_000);
  const [left] = remaining;
  // The request that was under way at the deadline may have been stored all the same.
  const delivered = 10_000 - (left?.events ?? 0);
  expect(left).toEqual({
    destination: 'array',
    events: 10_000 - delivered,
    firstId: events[delivered]?.id,
    lastId: events.at(-1)?.id,
  });
  expect([delivered, delivered + 100]).toContain(receiver.ids.length);
  expect(rig.logger.loud.at(-1)).toContain(`array: stopped with ${left?.events} event(s) not delivered`);
});

test.concurrent('stop() gives a held destination one attempt and ends well before its deadline', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ retry: { holdMs: 60_000 } });
  receiver.answer(() => ({ status: 403 }));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(makeEvents(10));
  await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
  const startedAt = Date.now();
  const { remaining } = await rig.source.stop();
  expect(Date.now() - startedAt).toBeLessThan(3_000);
  expect(remaining).toMatchObject([{ events: 10 }]);
  expect(receiver.requests).toHaveLength(2);
});

test.concurrent('stop() delivers to a held destination that was mended meanwhile', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ retry: { holdMs: 60_000 } });
  receiver.next({ status: 403 });
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(makeEvents(250));
  await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  expect(receiver.ids).toHaveLength(250);
});

test.concurrent('no request is made before the time that Retry-After asks for', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ concurrency: 3 });
  receiver.next({ status: 429, retryAfter: 1 });
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(50);
  await rig.publish(events);
  await receiver.waitFor(50);
  const [first, second] = receiver.requests;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(995);
  expect(second?.body).toEqual(first?.body);
});

test.concurrent(
  'a destination that never answers stalls nobody else; past the limit it is moved on and that is recorded',
  { timeout: 30_000 },
  async () => {
    await using rig = await Rig.start({ journal: { maxBytes: 2_000_000 } });
    const dead = await rig.receiver({ name: 'dead' });
    const alive = await rig.receiver({ name: 'alive' });
    dead.receiver.answer(() => ({ hang: true }));
    rig.source.addDestination(dead.destination);
    rig.source.addDestination(alive.destination);
    await rig.listen();
    const events = makeEvents(20_000);
    for (let start = 0; start < events.length; start += 500) {
      await rig.publish(events.slice(start, start + 500));
      await alive.receiver.waitFor(start + 500);
    }
    expect(alive.receiver.ids).toEqual(idsOfEvents(events));
    const { overruns, bytes, maxBytes } = rig.journal.stats();
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    const { lag = 0, overrun = 0 } = rig.source.stats().destinations['dead'] ?? {};
    expect(lag + overrun).toBe(20_000);
    // What the delivery had read when the journal ran over stays with it; the first event behind that was the first to go.
    const [record] = overruns;
    const firstMissed = idsOfEvents(events).indexOf(record?.firstId ?? '');
    const lastMissed = idsOfEvents(events).indexOf(record?.lastId ?? '');
    expect(overruns).toMatchObject([{ destination: 'dead', count: overrun }]);
    expect(lastMissed - firstMissed + 1).toBe(overrun);
    expect(firstMissed % 100).toBe(0);
    expect(rig.logger.loud.filter((line) => line.includes('dead: the journal is full'))).toHaveLength(1);
    expect(rig.logger.loud.filter((line) => line.includes('% full, waiting for dead'))).toHaveLength(3);
  },
);

test.concurrent('a class whose send() never returns stalls nobody else, and is not called a second time meanwhile', async () => {
  class Hanging implements EventDestination {
    readonly name = 'hanging';
    calls = 0;

    async send(): Promise<void> {
      this.calls++;
      await new Promise(() => {});
    }

    async flush(): Promise<void> {}

    async close(): Promise<void> {}
  }
  await using rig = await Rig.start();
  const hanging = new Hanging();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(hanging).addDestination(destination);
  await rig.listen();
  await rig.publish(makeEvents(2_000));
  await receiver.waitFor(2_000);
  await until('the call', () => hanging.calls === 1);
  const { remaining } = await rig.source.stop({ deadlineMs: 500 });
  expect(remaining).toMatchObject([{ destination: 'hanging', events: 2_000 }]);
  expect(hanging.calls).toBe(1);
});

test.concurrent('a batch that is not full goes after the flush interval, and without one it waits for flush or the end', async () => {
  await using rig = await Rig.start();
  const lingering = await rig.receiver({ name: 'lingering', flushIntervalMs: 300 });
  const waiting = await rig.receiver({ name: 'waiting', flushIntervalMs: 0 });
  rig.source.addDestination(lingering.destination).addDestination(waiting.destination);
  await rig.listen();
  const sentAt = Date.now();
  await rig.publish(makeEvents(30, { seed: 1 }));
  await lingering.receiver.waitFor(30);
  expect(Date.now() - sentAt).toBeGreaterThanOrEqual(290);
  expect(lingering.receiver.requests).toHaveLength(1);
  await rig.publish(makeEvents(30, { seed: 2 }));
  await lingering.receiver.waitFor(60);
  expect(waiting.receiver.requests).toHaveLength(0);
  await rig.publish(makeEvents(45, { seed: 3 }));
  await waiting.receiver.waitFor(100);
  expect(waiting.receiver.requests).toHaveLength(1);
  await rig.source.stop();
  expect(waiting.receiver.ids).toHaveLength(105);
});
