import { EventSource, MemoryJournal, silentLogger } from '@grantex/core';
import { EventServer, makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { Rig, until } from './rig.js';

test.concurrent('a stream that is heard is known to the journal at once, before anything is appended', async () => {
  await using server = await EventServer.start();
  const journal = new MemoryJournal();
  const noted: (number | undefined)[] = [];
  journal.noteHeard = async (heardUntil?: number) => void noted.push(heardUntil);
  await using rig = await Rig.start();
  await using source = new EventSource({ url: server.url, apiKey: server.key, journal, logger: silentLogger });
  source.addDestination((await rig.receiver()).destination);
  const begunAt = Date.now();
  void source.start();
  await server.subscribed();
  server.writeRaw(': keep-alive\n\n');
  await until('a note', () => noted.length > 0, 1_000);
  expect(noted[0]).toBeLessThanOrEqual(Date.now());
  // A second is taken off, for what may be on its way.
  expect(noted[0]).toBeGreaterThanOrEqual(begunAt - 1_000);
});

// What failed is tried again after five seconds.
test.concurrent(
  'while a gap is not recorded, the journal is not told that the stream was heard since',
  { timeout: 20_000 },
  async () => {
    await using rig = await Rig.start();
    const { journal } = rig;
    const recordGap = journal.recordGap.bind(journal);
    const append = journal.append.bind(journal);
    const heard: (number | undefined)[] = [];
    let isBroken = true;
    journal.recordGap = async (gap) => {
      if (isBroken) throw new Error('the disk does not answer');
      await recordGap(gap);
    };
    journal.append = async (records: Parameters<typeof append>[0], heardUntil?: number) => {
      heard.push(heardUntil);
      await append(records);
    };
    rig.source.addDestination((await rig.receiver()).destination);
    await rig.listen();
    const events = makeEvents(3);
    await rig.publish(events.slice(0, 1));
    await until('the first event', () => heard.length === 1);
    rig.server.cut();
    await rig.server.subscribed();
    await rig.publish(events.slice(1, 2));
    await until('the second event', () => heard.length === 2);
    expect([typeof heard[0], heard[1], journal.stats().gaps]).toEqual(['number', undefined, []]);
    isBroken = false;
    await until('the gap is recorded after all', () => journal.stats().gaps.length === 1);
    await rig.publish(events.slice(2));
    await until('the third event', () => heard.length === 3);
    expect(heard[2]).toBeGreaterThan(journal.stats().gaps[0]?.from ?? Infinity);
  },
);

test.concurrent('events that the journal did not take before the end are not told as heard', async () => {
  await using rig = await Rig.start();
  const { journal } = rig;
  let isBroken = false;
  const append = journal.append.bind(journal);
  const noted: unknown[] = [];
  journal.noteHeard = async (heardUntil?: number) => void noted.push(heardUntil);
  journal.append = async (records) => {
    if (isBroken) throw new Error('the disk does not answer');
    await append(records);
  };
  rig.source.addDestination((await rig.receiver()).destination);
  await rig.listen();
  const events = makeEvents(2);
  await rig.publish(events.slice(0, 1));
  await until('the first event', () => rig.source.stats().received === 1);
  isBroken = true;
  await rig.publish(events.slice(1));
  await until('a failure', () => rig.logger.loud.some((line) => line.includes('the disk does not answer')));
  const before = noted.length;
  await rig.source.stop({ deadlineMs: 300 });
  expect(noted.slice(before)).toEqual([]);
});
