import type { GrantexEvent, NewDeadLetter } from '@grantex/core';
import { expect, test } from 'vitest';
import { SplunkDestination } from '../src/index.js';
import { hecAnswer, HecReceiver } from './hec-receiver.js';
import { deliver, destinationFor, eventsOf, idsOf, recordingLogger } from './rig.js';

/** Spoils some events on their way out, as no event of Grantex is. */
class SpoilingDestination extends SplunkDestination {
  spoil: Readonly<Record<string, (record: string) => string>> = {};

  protected override encode(event: GrantexEvent, text: string): string {
    return (this.spoil[event.id] ?? ((record) => record))(super.encode(event, text));
  }
}

const BLANK = (record: string) => record.replace(/"event":.*$/s, '"event":""}');
const MISSING = (record: string) => record.replace(/,"fields":.*$/s, '}');
const NESTED = (record: string) => record.replace('"fields":{', '"fields":{"a":{"b":1},');

function spoilingFor({ http, token }: HecReceiver, letters: NewDeadLetter[]): SpoilingDestination {
  return new SpoilingDestination({
    hecUrl: http.url,
    hecToken: token,
    retry: { initialMs: 1, maxMs: 1, holdMs: 1, maxHoldMs: 1 },
    onDeadLetter: (letter) => void letters.push(letter),
    logger: recordingLogger(),
  });
}

test.each([
  ['a blank event', BLANK, 'code 13 (Event field cannot be blank)'],
  ['no event', MISSING, 'code 12 (Event field is required)'],
  ['nested fields', NESTED, 'code 15 (Error in handling indexed fields)'],
])(
  '%s among 100: what is before it is stored once, it is given up, what is behind it comes again',
  async (_what, spoil, code) => {
    await using receiver = await HecReceiver.start();
    const letters: NewDeadLetter[] = [];
    await using destination = spoilingFor(receiver, letters);
    const events = eventsOf(100);
    const bad = events[61]?.id ?? '';
    destination.spoil = { [bad]: spoil };
    await deliver(destination, events);
    // Each once, and in order.
    expect(receiver.http.ids).toEqual(idsOf(events).filter((id) => id !== bad));
    expect(receiver.http.requests.map(({ status }) => status)).toEqual([400, 200]);
    expect(letters).toMatchObject([
      { eventId: bad, code: 'DEST_REJECTED', statusCode: 400, attempts: 1, reason: expect.stringContaining(code) },
    ]);
  },
);

test('several bad events of a request, the last one among them', async () => {
  await using receiver = await HecReceiver.start();
  const letters: NewDeadLetter[] = [];
  await using destination = spoilingFor(receiver, letters);
  const events = eventsOf(20);
  const bad = [3, 4, 11, 19].map((index) => events[index]?.id ?? '');
  destination.spoil = Object.fromEntries(bad.map((id, index) => [id, [BLANK, NESTED][index % 2] ?? BLANK]));
  await deliver(destination, events);
  await deliver(destination, eventsOf(22).slice(20));
  await destination.close();
  const good = idsOf(eventsOf(22)).filter((id) => !bad.includes(id));
  expect(receiver.http.ids.toSorted()).toEqual(good.toSorted());
  expect(letters.map(({ eventId }) => eventId ?? '').toSorted()).toEqual(bad.toSorted());
});

test('the first of a request is bad: nothing is stored before it is found, and nothing is there twice', async () => {
  await using receiver = await HecReceiver.start();
  const letters: NewDeadLetter[] = [];
  await using destination = spoilingFor(receiver, letters);
  const events = eventsOf(9);
  const bad = events[0]?.id ?? '';
  destination.spoil = { [bad]: BLANK };
  await deliver(destination, events);
  expect(receiver.http.ids.toSorted()).toEqual(idsOf(events.slice(1)).toSorted());
  expect(letters.map(({ eventId }) => eventId)).toEqual([bad]);
});

test('what is behind a refused event comes again at once, also when that request fails', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver);
  const events = eventsOf(10);
  receiver.malformed = { id: events[4]?.id ?? '', text: 'Invalid data format' };
  receiver.http.next((request) => receiver.answer(request), hecAnswer(503, 9, 'Server is busy'), { dropAnswer: true });
  await deliver(destination, events);
  const behind = idsOf(events.slice(5));
  // The answer that was lost costs a repeat of what was in that request, and of nothing else.
  expect(receiver.http.ids).toEqual([...idsOf(events.slice(0, 4)), ...behind, ...behind]);
});

test('a receiver that does not say which: the batch is halved until the offender is found', async () => {
  await using receiver = await HecReceiver.start();
  const letters: NewDeadLetter[] = [];
  await using destination = destinationFor(receiver, { onDeadLetter: (letter) => void letters.push(letter) });
  const events = eventsOf(8);
  const bad = events[5]?.id ?? '';
  receiver.http.answer((request) =>
    request.body.includes(bad) ? hecAnswer(400, 6, 'Invalid data format') : receiver.answer(request),
  );
  await deliver(destination, events);
  expect(receiver.http.ids.toSorted()).toEqual(
    idsOf(events)
      .filter((id) => id !== bad)
      .toSorted(),
  );
  expect(letters.map(({ eventId }) => eventId)).toEqual([bad]);
});
