import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TimerWatch } from '../../src/contract/open-resources.js';

const LONG_MS = 60_000;

test('the timers of a test are seen from the beginning on, until they are cleared or let go', async () => {
  using watch = new TimerWatch();
  await watch.during(async () => {
    const before = setTimeout(() => {}, LONG_MS);
    watch.begin();
    expect(watch.pending).toBe(0);
    const cleared = setTimeout(() => {}, LONG_MS);
    const letGo = setTimeout(() => {}, LONG_MS);
    expect(watch.pending).toBe(2);
    letGo.unref();
    expect(watch.pending).toBe(1);
    clearTimeout(cleared);
    await sleep(5); // Its end is told in a later turn, as is that of this sleep.
    await sleep(5).then(() => new Promise((resolve) => setImmediate(resolve)));
    expect(watch.pending).toBe(0);
    clearTimeout(before);
    clearTimeout(letGo);
  });
});

test('timers that somebody else starts meanwhile are not seen', async () => {
  using watch = new TimerWatch();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  // What an earlier test has left behind: it goes on in its own context.
  const theirs = started.then(() => setTimeout(() => {}, LONG_MS));
  await watch.during(async () => {
    watch.begin();
    start();
    const timer = await theirs;
    expect(watch.pending).toBe(0);
    clearTimeout(timer);
  });
});
