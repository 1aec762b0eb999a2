import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOf } from '../array-destination.js';
import { idsOfEvents, Rig, until } from '../rig.js';

// What a service says of an event depends on the event and on the service's settings, and both may change at any time.

test.concurrent('a setting that becomes wrong while a bad event is looked for costs no other event', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  const events = makeEvents(100);
  const poison = events[10]?.id ?? '';
  let accepted = 0;
  let isWrong = false;
  receiver.answer((request) => {
    if (isWrong || idsOf(request).includes(poison)) return { status: 400 };
    // After the first part of the halved batch was taken, nothing is any more.
    isWrong = ++accepted === 1;
    return { status: 200 };
  });
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
  expect(rig.source.stats().destinations['array']?.deadLettered).toBe(0);
  isWrong = false;
  accepted = 1;
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(receiver.ids.toSorted()).toEqual(
    idsOfEvents(events)
      .filter((id) => id !== poison)
      .toSorted(),
  );
  expect(await rig.journal.deadLetters.list()).toMatchObject([{ eventId: poison }]);
});

test.concurrent.each([2, 4, 8])(
  '400 to everything with %i requests in flight: held, and delivered when mended',
  async (concurrency) => {
    await using rig = await Rig.start();
    const { receiver, destination } = await rig.receiver({ concurrency, batchSize: 20 });
    receiver.answer(() => ({ status: 400 }));
    rig.source.addDestination(destination);
    await rig.listen();
    const events = makeEvents(500);
    await rig.publish(events);
    await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(rig.source.stats().destinations['array']).toMatchObject({ delivered: 0, deadLettered: 0, lag: 500 });
    receiver.answer(() => ({ status: 200 }));
    await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
    expect(receiver.ids.toSorted()).toEqual(idsOfEvents(events).toSorted());
  },
);

test.concurrent.each([1, 3])(
  'a probe that meets a bad event does not end the probing (%i requests in flight)',
  async (concurrency) => {
    await using rig = await Rig.start();
    const { receiver, destination } = await rig.receiver({ concurrency, batchSize: 20 });
    const events = makeEvents(60);
    const poison = events[3]?.id ?? '';
    let isKeyWrong = true;
    receiver.answer((request) => {
      if (isKeyWrong) return { status: 403 };
      return { status: idsOf(request).includes(poison) ? 400 : 200 };
    });
    rig.source.addDestination(destination);
    await rig.listen();
    await rig.publish(events);
    await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
    isKeyWrong = false;
    await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
    expect(receiver.ids.toSorted()).toEqual(
      idsOfEvents(events)
        .filter((id) => id !== poison)
        .toSorted(),
    );
  },
);
