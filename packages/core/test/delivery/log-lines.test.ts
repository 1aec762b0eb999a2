import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { Rig } from '../rig.js';

test.concurrent('a service that throttles again and again is told once, not for every batch', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 10 });
  let requests = 0;
  receiver.answer(() => ({ status: ++requests % 5 === 0 ? 200 : 429 }));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(makeEvents(50));
  await receiver.waitFor(50);
  expect(rig.logger.loud).toEqual([
    expect.stringContaining('warn: array: trying again, nothing is lost. the receiver answered 429') as string,
  ]);
});
