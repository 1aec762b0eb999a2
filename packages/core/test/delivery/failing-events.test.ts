import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOf } from '../array-destination.js';
import { idsOfEvents, Rig, until } from '../rig.js';

// A 500 may be the service's failure or the event's: nobody can tell from the answer.

test.concurrent.each([30, 60, 90])(
  'an outage answered with 500 (%i requests) does not change the order',
  async (failures) => {
    await using rig = await Rig.start();
    const { receiver, destination } = await rig.receiver({
      batchSize: 5,
      retry: { initialMs: 1, maxMs: 2, holdMs: 1, maxHoldMs: 5 },
    });
    const events = makeEvents(60);
    let requests = 0;
    let isDown = true;
    receiver.answer((request) => {
      // It comes back between two rounds, not in the middle of one.
      if (++requests > failures && idsOf(request).includes(events[0]?.id ?? '')) isDown = false;
      return { status: isDown ? 500 : 200 };
    });
    rig.source.addDestination(destination);
    await rig.listen();
    await rig.publish(events);
    await until('everything', () => rig.source.stats().destinations['array']?.delivered === events.length);
    expect(receiver.ids).toEqual(idsOfEvents(events));
    expect(await rig.journal.deadLetters.list()).toEqual([]);
  },
);

test.concurrent('at the end, what waits for a batch to become full is sent although an event before it fails', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 50, flushIntervalMs: 0 });
  const events = makeEvents(60);
  const poison = events[10]?.id ?? '';
  receiver.answer((request) => ({ status: idsOf(request).includes(poison) ? 500 : 200 }));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('all but the bad one of the first batch', () => receiver.ids.length === 49);
  const { remaining } = await rig.source.stop({ deadlineMs: 5_000 });
  expect(receiver.ids.toSorted()).toEqual(
    idsOfEvents(events)
      .filter((id) => id !== poison)
      .toSorted(),
  );
  expect(remaining.every(({ firstId, events: count }) => firstId === poison && count === 1)).toBe(true);
});

test.concurrent('an event that fails with 500 does not hold up those that come later', async () => {
  await using rig = await Rig.start();
  // Five attempts at the bad one take a minute, so that waiting for them shows.
  const retry = { initialMs: 10, maxMs: 15_000, holdMs: 50, maxHoldMs: 200 };
  const { receiver, destination } = await rig.receiver({ batchSize: 5, retry });
  const [poison, ...others] = makeEvents(40);
  receiver.answer((request) => ({ status: idsOf(request).includes(poison?.id ?? '') ? 500 : 200 }));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(poison === undefined ? [] : [poison]);
  await until('the bad event is set aside', () => (rig.source.stats().destinations['array']?.requests ?? 0) >= 5);
  for (const [index, event] of others.entries()) {
    await rig.publish([event]);
    await until(`event ${index + 1}`, () => receiver.ids.length === index + 1, 5_000);
  }
  await until('the bad event is given up', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(receiver.ids).toEqual(idsOfEvents(others));
  expect(await rig.journal.deadLetters.list()).toMatchObject([{ eventId: poison?.id }]);
});

test.concurrent('a setting that becomes wrong while events come one by one costs fewer than ten of them', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ retry: { initialMs: 1, maxMs: 2, holdMs: 1, maxHoldMs: 2 } });
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(16);
  await rig.publish(events.slice(0, 1));
  await receiver.waitFor(1);
  receiver.answer(() => ({ status: 400 }));
  const lettersOf = () => rig.source.stats().destinations['array']?.deadLettered ?? 0;
  for (const [index, event] of events.slice(1).entries()) {
    await rig.publish([event]);
    const requests = () => receiver.requests.filter((request) => idsOf(request).includes(event.id)).length;
    await until(`event ${index} is tried several times, or given up`, () => requests() >= 6 || lettersOf() > index);
  }
  expect(lettersOf()).toBeLessThan(10);
  receiver.answer(() => ({ status: 200 }));
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(lettersOf()).toBeLessThan(10);
});
