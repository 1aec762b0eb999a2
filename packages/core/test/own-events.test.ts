import { makeEvents, type TestEvent } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { Gap } from '../src/index.js';
import { Rig, until } from './rig.js';

interface Own {
  readonly type: string;
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function ownEvents(bodies: readonly Buffer[]): Own[] {
  const events = bodies.flatMap((body) => JSON.parse(body.toString()) as Own[]);
  return events.filter(({ type }) => type.startsWith('grantex.'));
}

/** Publishes the first event, cuts the stream, and publishes the second one. */
async function cutBetween(rig: Rig, [first, second]: readonly TestEvent[]): Promise<void> {
  if (first === undefined || second === undefined) throw new RangeError('two events are needed');
  await rig.publish([first]);
  await rig.source.ready();
  await until('the event', () => rig.source.stats().received === 1);
  rig.server.cut();
  await rig.server.subscribed();
  await rig.publish([second]);
}

test.concurrent('a gap is an event for the destinations when that is wanted, whatever types were asked for', async () => {
  const gaps: Gap[] = [];
  const source = { gapEvents: true, types: ['grant.created'], onGap: (gap: Gap) => gaps.push(gap) };
  await using rig = await Rig.start({ source });
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  await cutBetween(rig, makeEvents(2, { types: ['grant.created'] }));
  await receiver.waitFor(3);
  const [own, ...more] = ownEvents(receiver.accepted.map(({ body }) => body));
  const [gap] = gaps;
  expect(more).toEqual([]);
  expect(own).toMatchObject({
    type: 'grantex.gap',
    data: {
      from: new Date(gap?.from ?? 0).toISOString(),
      to: new Date(gap?.to ?? 0).toISOString(),
      seconds: ((gap?.to ?? 0) - (gap?.from ?? 0)) / 1_000,
      cause: gap?.cause,
    },
  });
});

test.concurrent('without being asked for, neither gaps nor heartbeats are events', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  await cutBetween(rig, makeEvents(2));
  await until('the gap', () => rig.source.stats().journal.gaps.length === 1);
  await receiver.waitFor(2);
  expect(ownEvents(receiver.accepted.map(({ body }) => body))).toEqual([]);
});

test.concurrent('a heartbeat tells that the forwarder lives, and what it knows', async () => {
  await using rig = await Rig.start({ source: { heartbeatMs: 1_000 } });
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  await receiver.waitFor(2, { timeoutMs: 10_000 });
  const beats = ownEvents(receiver.accepted.map(({ body }) => body));
  expect(beats.slice(0, 2)).toMatchObject([
    { type: 'grantex.heartbeat', data: { state: 'connecting', received: 0 } },
    { type: 'grantex.heartbeat', data: { state: 'connecting', received: 1 } },
  ]);
});
