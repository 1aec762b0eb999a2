import { makeEvents, type HttpReceiver } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import { idsOfEvents, Rig } from '../rig.js';

// Each takes seconds, mostly waiting, so they wait together.
vi.setConfig({ testTimeout: 60_000 });

const COUNT = 20_000;

/** Sends 20,000 events through the faults, and checks that all arrived, in order, repeated bodies byte for byte the same. */
async function deliverThrough(
  faults: (receiver: HttpReceiver, part: number) => Promise<void> | void,
): Promise<HttpReceiver> {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(COUNT);
  const PARTS = 10;
  for (let part = 0; part < PARTS; part++) {
    await faults(receiver, part);
    await rig.publish(events.slice((part * COUNT) / PARTS, ((part + 1) * COUNT) / PARTS));
  }
  await receiver.waitFor(COUNT, { timeoutMs: 60_000 });
  expect(await rig.source.stop()).toEqual({ remaining: [] });
  const firstTimes = [...new Set(receiver.ids)];
  expect(firstTimes).toEqual(idsOfEvents(events));
  expectRepeatsToBeIdentical(receiver);
  expect(rig.source.stats().destinations['array']).toMatchObject({ delivered: COUNT, deadLettered: 0, lag: 0 });
  return receiver;
}

/** No body shares an event with another one unless both are the same to the byte. */
function expectRepeatsToBeIdentical(receiver: HttpReceiver): void {
  const bodyOfId = new Map<string, string>();
  for (const { ids, body } of receiver.accepted) {
    const text = body.toString();
    for (const id of ids) expect(bodyOfId.get(id) ?? text).toBe(text);
    for (const id of ids) bodyOfId.set(id, text);
  }
}

test.concurrent('429 with Retry-After: nothing is missing, and no request comes before the time', async () => {
  const receiver = await deliverThrough((target, part) => {
    if (part % 3 === 0) target.next({ status: 429, retryAfter: 1 });
  });
  const throttled = receiver.requests.filter(({ status }) => status === 429);
  expect(throttled.length).toBeGreaterThanOrEqual(4);
  for (const { at } of throttled) {
    const next = receiver.requests.find((request) => request.at > at);
    expect((next?.at ?? 0) - at).toBeGreaterThanOrEqual(990);
  }
});

test.concurrent('one request in ten is answered 500', async () => {
  const receiver = await deliverThrough((target) =>
    target.failAtRandom({ rate: 0.1, answer: { status: 500 }, seed: 7 }),
  );
  expect(receiver.requests.length).toBeGreaterThan(receiver.accepted.length);
});

test.concurrent('connections are reset, before and after the request was stored', async () => {
  const receiver = await deliverThrough((target) => {
    target.next({ reset: 'before' }, { reset: 'after-store' }, {}, { reset: 'before' });
  });
  expect(receiver.ids.length).toBeGreaterThan(COUNT);
});

test.concurrent('the service is down for five seconds', async () => {
  const receiver = await deliverThrough(async (target, part) => {
    if (part !== 4) return;
    await target.down();
    setTimeout(() => void target.up(), 5_000);
  });
  expect(receiver.ids).toHaveLength(COUNT);
});

test.concurrent('answers are lost after the events were stored: they come again, and nothing else', async () => {
  const receiver = await deliverThrough((target) => target.next({ dropAnswer: true }, {}, { dropAnswer: true }));
  expect(receiver.ids.length).toBeGreaterThan(COUNT);
});
