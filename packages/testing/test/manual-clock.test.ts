import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { HttpReceiver, ManualClock } from '../src/index.js';

test('time stands still until it is moved', async () => {
  const clock = new ManualClock(1_000);
  let woken = false;
  const sleeping = clock.sleep(100).then(() => (woken = true));
  await clock.advance(99);
  expect([clock.now(), woken, clock.waiting]).toEqual([1_099, false, { count: 1, nextAt: 1_100, aborted: 0 }]);
  await clock.advance(1);
  await sleeping;
  expect([clock.now(), woken, clock.waiting]).toEqual([1_100, true, { count: 0, nextAt: undefined, aborted: 0 }]);
});

test('sleepers wake in the order of time, equal ones in the order of going to sleep, each at its own time', async () => {
  const clock = new ManualClock(0);
  const woken: string[] = [];
  const sleeper = (name: string, ms: number) => clock.sleep(ms).then(() => woken.push(`${name}@${clock.now()}`));
  const all = [sleeper('late', 30), sleeper('early', 10), sleeper('late too', 30)];
  await clock.advance(50);
  await Promise.all(all);
  expect(woken).toEqual(['early@10', 'late@30', 'late too@30']);
  expect(clock.now()).toBe(50);
});

test('a loop that sleeps again within the span is woken again, real sockets in between included', async () => {
  await using receiver = await HttpReceiver.start();
  const clock = new ManualClock(0);
  const times: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 3; round++) {
      await clock.sleep(10);
      times.push(clock.now());
    }
  })();
  await clock.advance(30);
  await loop;
  expect(times).toEqual([10, 20, 30]);
  expect(receiver.requests).toEqual([]);
});

test('an aborted sleep rejects with the reason and does not wait any more', async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  controller.abort(new Error('enough'));
  await expect(sleeping).rejects.toThrow('enough');
  expect(clock.waiting.count).toBe(0);
  await expect(clock.sleep(10, controller.signal)).rejects.toThrow('enough');
});

test('an abort after waking changes nothing', async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(10, controller.signal);
  await clock.advance(10);
  controller.abort(new Error('too late'));
  await expect(sleeping).resolves.toBeUndefined();
});

test('runNext moves to the next sleeper, and rejects when nobody sleeps', async () => {
  const clock = new ManualClock(0);
  const sleeping = clock.sleep(250);
  expect(await clock.runNext()).toBe(250);
  await sleeping;
  await expect(clock.runNext()).rejects.toThrow('Nobody sleeps');
});

test('a sleep of nothing is over at once', async () => {
  const clock = new ManualClock(5);
  await clock.sleep(0);
  expect(clock.now()).toBe(5);
});

test('sleepers waits for code on its way to sleep', async () => {
  const clock = new ManualClock(0);
  const server = createServer();
  server.listen(0, () => {
    void clock.sleep(10).then(() => server.close());
  });
  await clock.sleepers(1);
  await clock.advance(10);
  await expect(clock.sleepers(1, { timeoutMs: 10 })).rejects.toThrow('Waited 10 ms for 1 sleepers, 0 came');
});
