import { GrantexError } from '@grantex/core';
import { makeEvents } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOfEvents, Rig, until } from './rig.js';

test('a destination that is attached gets what comes from then on', async () => {
  await using rig = await Rig.start();
  const first = await rig.receiver({ name: 'first', batchSize: 10 });
  rig.source.addDestination(first.destination);
  await rig.listen();
  const events = makeEvents(200);
  await rig.publish(events.slice(0, 100));
  await first.receiver.waitFor(100);

  const second = await rig.receiver({ name: 'second', batchSize: 10 });
  await rig.source.attach(second.destination, { filter: ({ id }) => id !== events[150]?.id });
  await rig.publish(events.slice(100));
  await second.receiver.waitFor(99);
  await first.receiver.waitFor(200);
  expect(second.receiver.ids).toEqual(idsOfEvents(events.slice(100)).filter((id) => id !== events[150]?.id));
  expect(first.receiver.ids).toEqual(idsOfEvents(events));
});

test('from oldest: what the journal still keeps is sent as well', async () => {
  await using rig = await Rig.start({ journal: { maxBytes: 10_000_000 } });
  const held = await rig.receiver({ name: 'held' }, { answer: () => ({ status: 403 }) });
  rig.source.addDestination(held.destination);
  await rig.listen();
  const events = makeEvents(50);
  await rig.publish(events);
  await until('the journal has all', () => rig.source.stats().destinations['held']?.lag === 50);
  const late = await rig.receiver({ name: 'late', batchSize: 10 });
  await rig.source.attach(late.destination, { from: 'oldest' });
  await late.receiver.waitFor(50);
  expect(late.receiver.ids).toEqual(idsOfEvents(events));
});

test('detached while a request is under way: it is finished, and the next of that name goes on behind it', async () => {
  await using rig = await Rig.start();
  const other = await rig.receiver({ name: 'other', batchSize: 50 });
  const old = await rig.receiver({ name: 'changed', batchSize: 10 }, { answer: () => ({ status: 200, delayMs: 300 }) });
  rig.source.addDestination(other.destination).addDestination(old.destination);
  await rig.listen();
  const events = makeEvents(100);
  await rig.publish(events);
  await until('a request is under way', () => rig.source.stats().destinations['changed']?.requests === 1);

  const left = await rig.source.detach('changed');
  expect(old.receiver.ids).toEqual(idsOfEvents(events.slice(0, 10)));
  expect(left).toEqual({ destination: 'changed', events: 90, firstId: events[10]?.id, lastId: events[99]?.id });
  expect(Object.keys(rig.source.stats().destinations)).toEqual(['other']);

  const renewed = await rig.receiver({ name: 'changed', batchSize: 10 });
  await rig.source.attach(renewed.destination);
  await renewed.receiver.waitFor(90);
  expect(renewed.receiver.ids).toEqual(idsOfEvents(events.slice(10)));
  await other.receiver.waitFor(100);
});

test('a request that does not end is cut at the deadline, and its events stay', async () => {
  await using rig = await Rig.start();
  const other = await rig.receiver({ name: 'other' });
  const stuck = await rig.receiver(
    { name: 'stuck', batchSize: 10 },
    { answer: () => ({ status: 200, delayMs: 60_000 }) },
  );
  rig.source.addDestination(other.destination).addDestination(stuck.destination);
  await rig.listen();
  const events = makeEvents(10);
  await rig.publish(events);
  await until('a request is under way', () => rig.source.stats().destinations['stuck']?.requests === 1);
  expect(await rig.source.detach('stuck', { deadlineMs: 50 })).toMatchObject({ events: 10 });
});

test('a held destination, and one that waits for its next attempt, are detached without another request', async () => {
  await using rig = await Rig.start();
  const other = await rig.receiver({ name: 'other' });
  const retry = { initialMs: 60_000, maxMs: 60_000, holdMs: 60_000, maxHoldMs: 60_000 };
  const held = await rig.receiver({ name: 'held', retry }, { answer: () => ({ status: 401 }) });
  const failing = await rig.receiver({ name: 'failing', retry }, { answer: () => ({ status: 503 }) });
  for (const { destination } of [other, held, failing]) rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(makeEvents(5));
  const state = (name: string): string | undefined => rig.source.stats().destinations[name]?.state;
  await until('both are in trouble', () => state('held') === 'holding' && state('failing') === 'retrying');
  expect(await rig.source.detach('held')).toMatchObject({ events: 5 });
  expect(await rig.source.detach('failing')).toMatchObject({ events: 5 });
  expect([held.receiver.requests.length, failing.receiver.requests.length]).toEqual([1, 1]);
});

test('forget() tells how many events it discards; a new one of that name begins at the head', async () => {
  await using rig = await Rig.start();
  const other = await rig.receiver({ name: 'other' });
  const held = await rig.receiver({ name: 'held' }, { answer: () => ({ status: 403 }) });
  rig.source.addDestination(other.destination).addDestination(held.destination);
  await rig.listen();
  const events = makeEvents(8);
  await rig.publish(events.slice(0, 7));
  await until('all wait', () => rig.source.stats().destinations['held']?.lag === 7);
  await expect(rig.source.forget('held')).rejects.toThrow('has to be detached first');
  await rig.source.detach('held');
  expect(await rig.source.forget('held')).toBe(7);
  expect(await rig.source.forget('held')).toBe(0);
  const renewed = await rig.receiver({ name: 'held' });
  await rig.source.attach(renewed.destination);
  await rig.publish(events.slice(7));
  await renewed.receiver.waitFor(1);
  expect(renewed.receiver.ids).toEqual([events[7]?.id]);
});

test('a name that is taken, one that is not known, and a source that does not run', async () => {
  await using rig = await Rig.start();
  const one = await rig.receiver({ name: 'one' });
  rig.source.addDestination(one.destination);
  await expect(rig.source.attach((await rig.receiver({ name: 'two' })).destination)).rejects.toThrow('not running');
  await rig.listen();
  await expect(rig.source.attach((await rig.receiver({ name: 'one' })).destination)).rejects.toThrow('"one" was added');
  const error = await rig.source.detach('three').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GrantexError);
  expect(error).toMatchObject({ code: 'STATE_INVALID', message: 'there is no destination named "three"' });
});

// The answer takes longer than the second in which no connection is given up.
test('stop without draining finishes the requests under way, and leaves the rest', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver(
    { name: 'slow', batchSize: 10 },
    { answer: () => ({ status: 200, delayMs: 3_000 }) },
  );
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(100);
  await rig.publish(events);
  await until('a request is under way', () => rig.source.stats().destinations['slow']?.requests === 1);
  const { remaining } = await rig.source.stop({ drain: false });
  expect(receiver.ids).toEqual(idsOfEvents(events.slice(0, 10)));
  expect(remaining).toEqual([{ destination: 'slow', events: 90, firstId: events[10]?.id, lastId: events[99]?.id }]);
  expect(rig.logger.loud).toEqual([]);
});
