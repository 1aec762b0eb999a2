import { makeEvent, makeEvents, type TestEvent } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOf } from './array-destination.js';
import { Rig, until } from './rig.js';

function frame(event: TestEvent): string {
  return JSON.stringify(event);
}

test.concurrent('frames that are no events are kept with their reason, and their neighbours are delivered', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const neighbours = makeEvents(9);
  const garbage = [
    ['not json', 'not JSON'],
    ['null', 'expected an object, got null'],
    ['42', 'expected an object, got a number'],
    ['[]', 'expected an object, got an array'],
    ['{"id":"evt_1","type":"grant.cre', 'not JSON'],
    ['{"type":"grant.created","createdAt":"2026-03-01T12:00:00.000Z","data":{}}', 'no id'],
    ['{"id":"evt_1","createdAt":"2026-03-01T12:00:00.000Z","data":{}}', 'no type'],
    ['{"id":"evt_1","type":"x","data":{}}', 'no createdAt'],
    ['{"id":"evt_1","type":"x","createdAt":"2026-03-01T12:00:00.000Z"}', 'no data'],
  ] as const;
  for (const [index, [text]] of garbage.entries()) {
    rig.server.publishRaw(text);
    rig.server.publish(neighbours[index] as TestEvent);
  }
  await receiver.waitFor(9);
  expect(receiver.ids).toEqual(neighbours.map(({ id }) => id));
  const letters = await rig.journal.deadLetters.list();
  expect(letters.map(({ text, reason }) => [text, reason])).toEqual(garbage);
  expect(letters.every(({ destination: name, code }) => name === 'stream' && code === 'NOT_AN_EVENT')).toBe(true);
  expect(rig.source.stats().notEvents).toBe(9);
  expect(rig.logger.loud).toHaveLength(1);
});

test.concurrent('every legal form of a frame, unknown types, and cuts inside a character arrive', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const events = Array.from({ length: 8 }, (_, index) =>
    makeEvent('future.type', { id: `evt_${index}`, data: { name: 'Zoë 🙂 \u2028 €' } }),
  );
  const [first, second, third, fourth, fifth, sixth, seventh, eighth] = events.map(frame);
  rig.server.writeRaw(`data:${first}\n\n`);
  rig.server.writeRaw(`data: ${second}\r\n\r\n`);
  rig.server.writeRaw(`data: ${third}\r\r`);
  rig.server.writeRaw(`: comment\nid: 7\nevent: message\nretry: 100\ndata: ${fourth}\n\n`);
  rig.server.writeRaw(`data: ${fifth?.replace(',', ',\ndata: ')}\n\n`);
  for (const byte of Buffer.from(`data: ${sixth}\r\n\r\n`)) rig.server.writeRaw(Uint8Array.of(byte));
  rig.server.writeRaw(`data: ${seventh}\n`);
  rig.server.writeRaw('\n: keepalive\n\n');
  rig.server.writeRaw(`unknown: field\ndata: ${eighth}\n\n`);
  await receiver.waitFor(8);
  expect(receiver.ids).toEqual(events.map(({ id }) => id));
  const bodies = receiver.accepted.flatMap(({ body }) => JSON.parse(body.toString()) as TestEvent[]);
  expect(bodies).toEqual(events);
});

test.concurrent('a frame of 10 MB is passed over and told with its beginning; its neighbours arrive', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const [before, after] = makeEvents(2).map(frame);
  rig.server.writeRaw(
    `data: ${before}\n\ndata: {"id":"evt_long","data":"${'x'.repeat(10_000_000)}"}\n\ndata: ${after}\n\n`,
  );
  await receiver.waitFor(2);
  const [letter] = await rig.journal.deadLetters.list();
  expect(letter).toMatchObject({ destination: 'stream', reason: 'longer than 8 MiB; only the beginning is kept' });
  expect(letter?.text.length).toBeLessThanOrEqual(65_536);
  expect(letter?.text).toContain('{"id":"evt_long","data":"xxx');
  expect(rig.source.stats().notEvents).toBe(1);
});

test.concurrent('an event larger than the service takes is a dead letter; its neighbours arrive', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const large = makeEvent('grant.created', { data: { reason: 'x'.repeat(1_000_001) } });
  const [before, after] = makeEvents(2) as [TestEvent, TestEvent];
  rig.server.publish([before, large, after]);
  await receiver.waitFor(2);
  await until('the dead letter', () => rig.source.stats().destinations['array']?.deadLettered === 1);
  expect(receiver.requests.flatMap(({ body }) => idsOf({ body }))).toEqual([before.id, after.id]);
  expect(await rig.journal.deadLetters.list()).toMatchObject([
    { eventId: large.id, code: 'DEST_TOO_LARGE', attempts: 0, text: JSON.stringify(large) },
  ]);
});
