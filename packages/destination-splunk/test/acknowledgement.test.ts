import { ManualClock } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { SplunkOptions } from '../src/index.js';
import { hecAnswer, HecReceiver, type HecReceiverOptions } from './hec-receiver.js';
import { deliver, destinationFor, eventsOf, idsOf, recordingLogger } from './rig.js';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

function acknowledging(options: HecReceiverOptions = {}): Promise<HecReceiver> {
  return HecReceiver.start({ useAck: true, ...options });
}

/** A destination with acknowledgement, on a clock that a test moves. */
function subject(receiver: HecReceiver, options: Partial<SplunkOptions> = {}) {
  const clock = new ManualClock();
  const logger = recordingLogger();
  const retry = { initialMs: 10, maxMs: 10, holdMs: 10, maxHoldMs: 10 };
  const destination = destinationFor(receiver, { acknowledgement: true, clock, logger, retry, ...options });
  return { destination, clock, logger };
}

/**
 * Moves the clock from one sleeper to the next until the condition holds. Not to one that is further away than `longestMs`:
 * that is the time-out of a request, which is under way on a real socket.
 */
async function passUntil(clock: ManualClock, holds: () => boolean, longestMs = 10_000): Promise<void> {
  const giveUpAt = performance.now() + 4_000;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`this did not come: ${String(holds)}`);
    const { nextAt = Infinity } = clock.waiting;
    if (nextAt - clock.now() <= longestMs) await clock.runNext();
    else await clock.settle();
  }
}

function settled(promise: Promise<unknown>): () => boolean {
  let isSettled = false;
  void promise.finally(() => (isSettled = true));
  return () => isSettled;
}

test('a request goes into a channel, and counts as delivered when Splunk says that it is indexed', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock } = subject(receiver);
  const events = eventsOf(3);
  await destination.send(events);
  const flushed = destination.flush();
  const isFlushed = settled(flushed);
  await passUntil(clock, () => receiver.questions.length >= 4);
  expect(receiver.http.ids).toEqual(idsOf(events));
  expect(isFlushed()).toBe(false);

  receiver.indexAll();
  await passUntil(clock, isFlushed);
  const [request] = receiver.deliveries;
  const channel = request?.headers['x-splunk-request-channel'];
  expect(channel).toMatch(GUID);
  for (const question of receiver.questions) {
    expect(question).toMatchObject({ method: 'POST', headers: { 'x-splunk-request-channel': channel } });
    expect(JSON.parse(question.body.toString())).toEqual({ acks: [0] });
  }
  expect(receiver.deliveries).toHaveLength(1);
  await destination.close();
});

test('is asked at once, after 250 ms, and then ever less often, every 10 s at last', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock } = subject(receiver);
  await destination.send(eventsOf(1));
  const flushed = destination.flush();
  const from = clock.now();
  const asked: number[] = [];
  while (asked.length < 9) {
    await passUntil(clock, () => receiver.questions.length > asked.length);
    asked.push(clock.now() - from);
  }
  expect(asked).toEqual([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 25_750, 35_750]);
  receiver.indexAll();
  await passUntil(clock, settled(flushed));
  await destination.close();
});

test('one channel for a destination, as long as all goes well', async () => {
  await using receiver = await acknowledging();
  await using destination = destinationFor(receiver, { acknowledgement: true });
  const events = eventsOf(300);
  await deliver(destination, events);
  expect(receiver.http.ids).toEqual(idsOf(events));
  expect(receiver.channels).toHaveLength(1);
  expect(receiver.questions.map(({ body }) => body.toString())).toEqual([
    '{"acks":[0]}',
    '{"acks":[1]}',
    '{"acks":[2]}',
  ]);
});

test('several requests in flight have channels of their own', async () => {
  await using receiver = await acknowledging();
  await using destination = destinationFor(receiver, { acknowledgement: true, concurrency: 4, batchSize: 10 });
  const events = eventsOf(200);
  await deliver(destination, events);
  expect(receiver.http.ids.toSorted()).toEqual(idsOf(events).toSorted());
  expect(receiver.channels.length).toBeGreaterThan(1);
  expect(receiver.channels.length).toBeLessThanOrEqual(4);
});

test('not confirmed in time: the same bytes again, and an acknowledgement of either request will do', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock, logger } = subject(receiver, { acknowledgementTimeoutMs: 20_000 });
  const events = eventsOf(5);
  await destination.send(events);
  const flushed = destination.flush();
  const from = clock.now();
  await passUntil(clock, () => receiver.deliveries.length === 2);
  expect(clock.now() - from).toBeGreaterThanOrEqual(20_000);
  expect(clock.now() - from).toBeLessThanOrEqual(20_010);
  expect(new Set(receiver.deliveries.map(({ digest }) => digest)).size).toBe(1);
  expect(receiver.channels).toHaveLength(1);
  await passUntil(clock, () => receiver.questions.at(-1)?.body.toString() === '{"acks":[0,1]}');

  receiver.indexAll();
  await passUntil(clock, settled(flushed));
  expect(receiver.http.ids).toEqual([...idsOf(events), ...idsOf(events)]);
  // The channel still holds an answer for the batch: no other batch is sent into it.
  receiver.indexesAtOnce = true;
  await destination.send(eventsOf(6).slice(5));
  await passUntil(clock, settled(destination.flush()));
  expect(receiver.channels).toHaveLength(2);
  expect(logger.lines.join('\n')).not.toContain('dead letters');
  await destination.close();
});

test('never confirmed: it is said what may be wrong, and nothing is given up', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock, logger } = subject(receiver, { acknowledgementTimeoutMs: 1_000 });
  await destination.send(eventsOf(1));
  const flushed = destination.flush();
  await passUntil(clock, () => receiver.deliveries.length === 5);
  expect(logger.lines).toEqual([
    expect.stringMatching(
      /^warn splunk: trying again, nothing is lost\. Splunk has taken the events, and did not say within 1000 ms that they are indexed; they are sent again, and may be there twice; with several indexers, acknowledgement needs sticky sessions/,
    ),
  ]);
  receiver.indexAll();
  await passUntil(clock, settled(flushed));
  await destination.close();
});

test('a question that fails is asked again; the events are not sent again', async () => {
  await using receiver = await acknowledging();
  const { destination, clock } = subject(receiver);
  receiver.http.next(
    (request) => receiver.answer(request),
    { reset: 'before' },
    hecAnswer(503, 9, 'Server is busy'),
    { status: 502, body: '<html>Bad gateway</html>' },
    hecAnswer(403, 4, 'Invalid token'),
  );
  await destination.send(eventsOf(5));
  await passUntil(clock, settled(destination.flush()));
  expect(receiver.deliveries).toHaveLength(1);
  expect(receiver.questions).toHaveLength(5);
  await destination.close();
});

test('a question that hangs is given up after timeoutMs, and asked again', async () => {
  await using receiver = await acknowledging();
  const { destination, clock } = subject(receiver, { timeoutMs: 5_000 });
  receiver.http.next((request) => receiver.answer(request), { hang: true });
  await destination.send(eventsOf(5));
  const flushed = destination.flush();
  await passUntil(clock, () => receiver.questions.length === 1, 4_000);
  await clock.advance(4_999);
  expect(receiver.questions).toHaveLength(1);
  await clock.advance(1);
  await passUntil(clock, settled(flushed), 4_000);
  expect(receiver.questions).toHaveLength(2);
  expect(receiver.deliveries).toHaveLength(1);
  await destination.close();
});

test('a yes that got lost on its way is not given again: the events are sent again after the wait', async () => {
  await using receiver = await acknowledging();
  const { destination, clock } = subject(receiver, { acknowledgementTimeoutMs: 3_000 });
  receiver.http.next(
    (request) => receiver.answer(request),
    (request) => ({ ...receiver.answer(request), dropAnswer: true }),
  );
  const events = eventsOf(2);
  await destination.send(events);
  await passUntil(clock, settled(destination.flush()));
  expect(receiver.http.ids).toEqual([...idsOf(events), ...idsOf(events)]);
  await destination.close();
});

test('a restart of Splunk: numbers begin anew, and no other request’s number is taken for an acknowledgement', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock } = subject(receiver, { acknowledgementTimeoutMs: 5_000, concurrency: 2, batchSize: 1 });
  const [first, second] = eventsOf(2);
  if (first === undefined || second === undefined) throw new Error('two events are needed');
  await destination.send([first]);
  await passUntil(clock, () => receiver.questions.length >= 2);
  receiver.forgetChannels();
  // What was not indexed is lost in the restart. What comes now has the same number, and is indexed before it is asked about.
  await destination.send([second]);
  await passUntil(clock, () => receiver.questions.length >= 4);
  receiver.indexAll();
  receiver.indexesAtOnce = true;
  await passUntil(clock, settled(destination.flush()));
  expect(receiver.http.ids.filter((id) => id === first.id)).toHaveLength(2);
  await destination.close();
});

test('the cookie of a load balancer goes with the question', async () => {
  await using receiver = await acknowledging();
  const { destination, clock } = subject(receiver);
  receiver.http.next((request) => ({
    ...receiver.answer(request),
    headers: { 'set-cookie': 'AWSALB=one; Path=/; HttpOnly' },
  }));
  await destination.send(eventsOf(1));
  await passUntil(clock, settled(destination.flush()));
  expect(receiver.questions.map(({ headers }) => headers.cookie)).toEqual(['AWSALB=one']);
  await destination.close();
});

test.each([
  ['the token has none', hecAnswer(200, 0, 'Success'), [], /no acknowledgements \(the token has none\)/],
  [
    'turned off meanwhile',
    undefined,
    [hecAnswer(400, 14, 'ACK is disabled')],
    /no acknowledgements \(Splunk replied 400/,
  ],
  ['a proxy that knows one path only', undefined, [{ status: 404 }], /no acknowledgements \(Splunk replied 404/],
])(
  'no acknowledgements to be had: %s. Events count when they are received, and that is said once',
  async (_what, answer, further, told) => {
    await using receiver = await acknowledging();
    const { destination, clock, logger } = subject(receiver);
    const events = eventsOf(2);
    for (const event of events) {
      receiver.http.next((request) => ({ ...receiver.answer(request), ...answer }), ...further);
      await destination.send([event]);
      await passUntil(clock, settled(destination.flush()));
    }
    expect(receiver.http.ids).toEqual(idsOf(events));
    expect(logger.lines).toEqual([expect.stringMatching(told)]);
    await destination.close();
  },
);

test('close() while nothing is confirmed: ends, and says what is left', async () => {
  await using receiver = await acknowledging();
  receiver.indexesAtOnce = false;
  const { destination, clock } = subject(receiver);
  await destination.send(eventsOf(3));
  const closing = destination.close();
  closing.catch(() => {}); // Looked at below.
  const from = clock.now();
  await passUntil(clock, settled(closing.catch(() => {})));
  expect(clock.now() - from).toBeLessThanOrEqual(20_000);
  await expect(closing).rejects.toThrow(/3/);
  expect(clock.waiting.count).toBe(0);
});

test('check(): acknowledgement is on, and no answer for anybody is used up', async () => {
  await using receiver = await acknowledging();
  await using destination = destinationFor(receiver, { acknowledgement: true });
  expect(await destination.check()).toMatchObject({ ok: true });
  expect(receiver.envelopes).toEqual([]);
  expect(receiver.channels).toEqual([]);
  expect(receiver.questions).toHaveLength(1);
});

test('check(): it is wanted, and the token has it off', async () => {
  await using receiver = await HecReceiver.start();
  await using destination = destinationFor(receiver, { acknowledgement: true });
  expect(await destination.check()).toEqual({
    ok: false,
    statusCode: 400,
    message:
      'indexer acknowledgement: Splunk replied 400, code 14 (ACK is disabled); the token has indexer acknowledgement off: turn it on at the token, or leave acknowledgement out',
  });
});

test('check(): it is not wanted, and the token has it on', async () => {
  await using receiver = await acknowledging();
  await using destination = destinationFor(receiver);
  expect(await destination.check()).toMatchObject({
    ok: false,
    message: expect.stringContaining('set acknowledgement to true, or turn it off at the token'),
  });
});
