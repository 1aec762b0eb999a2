import { type EventDestination, type GrantexEvent, type NewDeadLetter } from '@grantex/core';
import { makeEvents, type Answer, type ReceivedRequest } from '@grantex/testing';
import { expect, test } from 'vitest';
import { idsOf } from '../array-destination.js';
import { idsOfEvents, Rig, until } from '../rig.js';

function bodiesOf(requests: readonly ReceivedRequest[]): string {
  return requests.map(({ body }) => body.toString()).join();
}

/** Answers 400 to every request that holds the event. */
function refusing(...ids: (string | undefined)[]): (request: ReceivedRequest) => Answer {
  return (request) =>
    idsOf(request).some((id) => ids.includes(id)) ? { status: 400, body: 'bad event' } : { status: 200 };
}

test.concurrent('one poison event in a batch of 100: 99 are delivered in order, and one dead letter has the reason', async () => {
  await using rig = await Rig.start();
  const letters: NewDeadLetter[] = [];
  const { receiver, destination } = await rig.receiver({ onDeadLetter: (letter) => letters.push(letter) });
  const events = makeEvents(100);
  const poison = events[37];
  receiver.answer(refusing(poison?.id));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('everything received', () => rig.source.stats().received === events.length);
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  await receiver.waitFor(99);
  expect(receiver.ids).toEqual(idsOfEvents(events).filter((id) => id !== poison?.id));
  expect(letters).toMatchObject([
    {
      destination: 'array',
      eventId: poison?.id,
      text: JSON.stringify(poison),
      code: 'DEST_REJECTED',
      reason: 'the receiver answered 400 bad event',
      statusCode: 400,
    },
  ]);
  expect(await rig.journal.deadLetters.list()).toMatchObject(letters);
  expect(rig.source.stats().destinations['array']).toMatchObject({ delivered: 99, lag: 0, state: 'delivering' });
  expect(rig.logger.loud).toHaveLength(1);
});

test.concurrent('the last event of all is bad: it is given up although nothing follows it', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 10 });
  const events = makeEvents(11);
  receiver.answer(refusing(events[10]?.id));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('everything received', () => rig.source.stats().received === events.length);
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(receiver.ids).toEqual(idsOfEvents(events).slice(0, 10));
});

test.concurrent('the very first event is bad: it costs nobody else, and is given up when another one was accepted', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 1 });
  const events = makeEvents(3);
  receiver.answer(refusing(events[0]?.id));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('everything received', () => rig.source.stats().received === events.length);
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(receiver.ids).toEqual(idsOfEvents(events).slice(1));
});

test.concurrent('400 to everything is a wrong setting: nothing is lost, one warning, and it goes on in order when mended', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  receiver.answer(() => ({ status: 400, body: 'wrong region' }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(500);
  await rig.publish(events);
  await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(rig.source.stats().destinations['array']).toMatchObject({ lag: 500, delivered: 0, deadLettered: 0 });
  expect(rig.logger.loud).toHaveLength(1);
  expect(rig.logger.loud[0]).toContain('array: holding, nothing is lost. 10 events in a row were refused');
  // A probe asks about the oldest one, and when that is refused about one more: mended between the two, it would begin with that.
  let isMended = false;
  receiver.answer((request) => {
    isMended ||= idsOf(request)[0] === events[0]?.id;
    return { status: isMended ? 200 : 400 };
  });
  await receiver.waitFor(500);
  expect(receiver.ids).toEqual(idsOfEvents(events));
  expect(rig.logger.loud).toHaveLength(1);
});

test.concurrent('400 to everything with a few events only: they wait, and are delivered when mended', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  receiver.answer(() => ({ status: 400 }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(5);
  await rig.publish(events);
  await until('the hold', () => rig.source.stats().destinations['array']?.state === 'holding');
  expect(rig.source.stats().destinations['array']).toMatchObject({ lag: 5, deadLettered: 0 });
  expect(rig.logger.loud).toHaveLength(1);
  receiver.answer(() => ({ status: 200 }));
  await receiver.waitFor(5);
  expect(receiver.ids).toEqual(idsOfEvents(events));
});

test.concurrent('ten bad events in a row and good ones behind them: the ten are given up, the rest is delivered', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 5 });
  const events = makeEvents(30);
  receiver.answer(refusing(...idsOfEvents(events).slice(0, 12)));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('the dead letters', () => rig.source.stats().destinations['array']?.deadLettered === 12);
  await receiver.waitFor(18);
  expect(receiver.ids.toSorted()).toEqual(idsOfEvents(events).slice(12).toSorted());
});

test.concurrent('a wrong key: held with one warning, nothing lost, the key in no line, and it goes on by itself when mended', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ key: 'secret-of-the-service' });
  receiver.answer(({ headers }) => ({ status: 403, body: `key ${String(headers['authorization'])} is unknown` }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(300);
  await rig.publish(events);
  await until('some probes', () => receiver.requests.length >= 4);
  expect(rig.source.stats().destinations['array']).toMatchObject({ state: 'holding', lag: 300, deadLettered: 0 });
  expect(rig.logger.loud).toHaveLength(1);
  expect(rig.logger.loud[0]).toContain('key [secret] is unknown');
  receiver.answer(() => ({ status: 200 }));
  await receiver.waitFor(300);
  expect(receiver.ids).toEqual(idsOfEvents(events));
  expect(`${rig.logger.lines.join()}${JSON.stringify(rig.source.stats())}`).not.toContain('secret-of-the-service');
});

test.concurrent('a request that is too large is halved until it fits, in order', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  receiver.answer(({ body }) => ({ status: body.length > 5_000 ? 413 : 200 }));
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(200);
  await rig.publish(events);
  await receiver.waitFor(200);
  expect(receiver.ids).toEqual(idsOfEvents(events));
});

test.concurrent('500 to every request with one certain event: the others are delivered, and that one is a dead letter', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver({ batchSize: 20 });
  const events = makeEvents(200);
  receiver.answer((request) => ({ status: idsOf(request).includes(events[25]?.id ?? '') ? 500 : 200 }));
  rig.source.addDestination(destination);
  await rig.listen();
  await rig.publish(events);
  await until('everything received', () => rig.source.stats().received === events.length);
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  await receiver.waitFor(199);
  expect(receiver.ids.toSorted()).toEqual(
    idsOfEvents(events)
      .filter((id) => id !== events[25]?.id)
      .toSorted(),
  );
});

test.concurrent('500 to everything for a while costs no event, even when nothing follows', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(4);
  await rig.publish(events.slice(0, 1));
  await receiver.waitFor(1);
  receiver.answer(() => ({ status: 500 }));
  await rig.publish(events.slice(1));
  await until('many requests', () => receiver.requests.length > 40);
  expect(rig.source.stats().destinations['array']?.deadLettered).toBe(0);
  // It comes back between two rounds of questions, not in the middle of one.
  let isDown = true;
  receiver.answer((request) => {
    if (idsOf(request).includes(events[1]?.id ?? '')) isDown = false;
    return { status: isDown ? 500 : 200 };
  });
  await receiver.waitFor(4);
  expect(receiver.ids).toEqual(idsOfEvents(events));
});

test.concurrent('an exception in the user’s filter, transform or encode costs that event only', async () => {
  await using rig = await Rig.start();
  const { receiver, destination } = await rig.receiver();
  const events = makeEvents(30);
  rig.source.addDestination(destination, {
    filter: ({ id }) => {
      if (id === events[3]?.id) throw new Error('filter is broken');
      return id !== events[4]?.id;
    },
    transform: (event) => {
      if (event.id === events[5]?.id) throw new Error('transform is broken');
      return event;
    },
  });
  await rig.listen();
  await rig.publish(events);
  await receiver.waitFor(27);
  const kept = idsOfEvents(events).filter((_id, index) => ![3, 4, 5].includes(index));
  expect(receiver.ids).toEqual(kept);
  await until('everything settled', () => rig.source.stats().destinations['array']?.lag === 0);
  expect(await rig.journal.deadLetters.list()).toMatchObject([
    { eventId: events[3]?.id, reason: 'filter failed: filter is broken', attempts: 0 },
    { eventId: events[5]?.id, reason: 'transform failed: transform is broken', attempts: 0 },
  ]);
});

test.concurrent('a transform that takes something away takes it from that destination only', async () => {
  await using rig = await Rig.start();
  const redacted = await rig.receiver({ name: 'redacted' });
  const whole = await rig.receiver({ name: 'whole' });
  rig.source.addDestination(redacted.destination, {
    transform: (event) => {
      if ('principalId' in event.data) event.data.principalId = 'redacted';
      return event;
    },
  });
  rig.source.addDestination(whole.destination);
  await rig.listen();
  const events = makeEvents(50, { types: ['grant.created'] });
  await rig.publish(events);
  await redacted.receiver.waitFor(50);
  await whole.receiver.waitFor(50);
  const principal = String(events[0]?.data['principalId']);
  expect(bodiesOf(redacted.receiver.requests)).not.toContain(principal);
  expect(bodiesOf(whole.receiver.requests)).toContain(principal);
});

test.concurrent('a class that buffers in send() and fails in flush() gets its events again', async () => {
  class Buffering implements EventDestination {
    readonly name = 'buffering';
    readonly delivered: string[] = [];
    #buffer: GrantexEvent[] = [];
    #flushes = 0;

    async send(events: GrantexEvent[]): Promise<void> {
      this.#buffer.push(...events);
    }

    async flush(): Promise<void> {
      const buffer = this.#buffer;
      this.#buffer = [];
      if (++this.#flushes === 1) throw new Error('the buffer was lost');
      this.delivered.push(...buffer.map(({ id }) => id));
    }

    async close(): Promise<void> {}
  }
  await using rig = await Rig.start();
  const destination = new Buffering();
  rig.source.addDestination(destination);
  await rig.listen();
  const events = makeEvents(150);
  await rig.publish(events);
  await until('all events', () => destination.delivered.length === 150);
  expect(destination.delivered).toEqual(idsOfEvents(events));
});
