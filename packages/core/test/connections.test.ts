import { makeEvents, ManualClock, type TestEvent } from '@grantex/testing';
import { describe, expect, test } from 'vitest';
import { HearingServer, until, type HearingServerOptions } from './stream/hearing-server.js';

const START = Date.UTC(2026, 2, 1, 12);
const TWO = { transports: ['sse'], count: 2 } as const;

/** A clock, a server, and so many connections that are heard. */
async function heard(
  options: HearingServerOptions,
  count: number,
): Promise<{ clock: ManualClock; subject: HearingServer }> {
  const clock = new ManualClock(START);
  const subject = await HearingServer.start({ clock, ...options });
  subject.run().catch(() => {});
  for (let opened = 1; opened <= count; opened++) {
    while (subject.server.connections < opened) await clock.advance(500);
    await subject.server.subscribed(opened);
    await subject.hear('{}', opened);
  }
  return { clock, subject };
}

function idsOf(events: readonly TestEvent[]): string[] {
  return events.map(({ id }) => id);
}

describe('opening', () => {
  test('the second waits for the first to be heard, and some seconds more', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ ...TWO, clock });
    await subject.subscribe();
    await clock.advance(1_000);
    await subject.hear();
    await clock.advance(2_900); // 3 s with a chance of one half.
    expect(subject.server.requests).toHaveLength(1);
    await clock.advance(100);
    await subject.server.subscribed(2);
  });

  test('but not for ever: on a quiet stream the first is heard after 30 s only', async () => {
    const clock = new ManualClock(START);
    await using subject = await HearingServer.start({ ...TWO, clock });
    await subject.subscribe();
    await clock.advance(8_000);
    await subject.server.subscribed(2);
    expect(subject.hearing.isHeard).toBe(false);
  });

  test('a wrong key ends it with the status, after one request', async () => {
    await using subject = await HearingServer.start({ ...TWO, apiKey: async () => 'gx_test_wrong_wrong_wrong' });
    await expect(subject.run()).rejects.toMatchObject({ message: 'Failed to connect to event stream: 401' });
    expect([subject.server.requests.length, subject.logger.lines]).toEqual([1, []]);
  });

  test.each([
    { status: 401, waits: 30_000 },
    { status: 429, code: 'TOO_MANY_CONNECTIONS', waits: 320_000 },
  ])('a second that is refused with $status is tried again later, and the first goes on', async (refusal) => {
    const { subject, clock } = await heard(TWO, 1);
    await using _ = subject;
    subject.server.refuseNext(1, refusal);
    while (subject.server.requests.length < 2) await clock.advance(500);
    await until(() => subject.logger.loud.length === 1);
    expect(subject.logger.loud[0]).toContain(`event stream 2 of 2 (sse): not connected`);
    const refusedAt = clock.now();
    while (subject.server.connections < 2) {
      await subject.hear();
      await clock.advance(10_000);
    }
    expect(clock.now() - refusedAt).toBeGreaterThanOrEqual(refusal.waits);
    expect(subject.gaps).toEqual([]);
  });

  test('stop() before the second is open leaves nothing behind', async () => {
    const { subject, clock } = await heard(TWO, 1);
    await using _ = subject;
    await clock.advance(2_000);
    await subject.connections.stop();
    await subject.run();
    expect([clock.waiting.count, subject.server.requests.length, subject.server.earlyAborts]).toEqual([0, 1, 0]);
  });
});

describe.each([
  { name: 'two SSE', options: TWO },
  { name: 'two WebSockets', options: { transports: ['websocket'], count: 2 } as const },
  { name: 'one of each', options: { transports: ['sse', 'websocket'] } as const },
])('$name', ({ options }) => {
  test('bring each event once', async () => {
    const { subject } = await heard(options, 2);
    await using _ = subject;
    const events = makeEvents(3_000);
    subject.server.publish(events);
    await until(() => subject.intake.stats().repeated === events.length);
    expect(subject.ids).toEqual(idsOf(events));
  });

  test('one cut, and the other, again and again: nothing missing, and no gap', async () => {
    const { subject, clock } = await heard(options, 2);
    await using _ = subject;
    const events = makeEvents(2_000);
    let cuts = 0;
    for (let start = 0; start < events.length; start += 50) {
      subject.server.publish(events.slice(start, start + 50));
      if (start % 200 === 0 && subject.server.connections === 2 && subject.hearing.isHeard) {
        cuts += subject.server.cut({ count: 1 }); // The older one.
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
      await clock.advance(700);
    }
    await until(() => subject.ids.length === events.length);
    expect(new Set(subject.ids)).toEqual(new Set(idsOf(events)));
    expect(cuts).toBeGreaterThan(5);
    expect(subject.gaps).toEqual([]);
  });

  test('both cut: a gap, with its cause', async () => {
    const { subject, clock } = await heard(options, 2);
    await using _ = subject;
    await clock.advance(2_000);
    subject.server.cut();
    await until(() => !subject.hearing.isHeard);
    expect(subject.hearing.lostSince).toBeDefined();
    await until(() => subject.server.connections > 0);
    await subject.server.subscribed();
    await subject.hear();
    expect(subject.gaps).toHaveLength(1);
  });

  test('both cut: they come back one after the other, so as not to end together again', async () => {
    const { subject, clock } = await heard(options, 2);
    await using _ = subject;
    await clock.advance(2_000);
    subject.server.cut();
    await until(() => subject.server.requests.length === 3);
    await clock.advance(2_000);
    expect(subject.server.requests).toHaveLength(3);
    await clock.advance(3_000);
    await until(() => subject.server.connections === 2);
  });

  test('a planned change: no gap, nothing missing, no connection given up early', async () => {
    const { subject, clock } = await heard(options, 2);
    await using _ = subject;
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // The server looks at its own clock.
    const events = makeEvents(2_000);
    let sent = 0;
    const progress = { isDone: false };
    const changing = subject.connections.reconnect().then(() => (progress.isDone = true));
    while (!progress.isDone) {
      subject.server.publish(events.slice(sent, (sent += 5)));
      await clock.advance(50);
    }
    await changing;
    await until(() => subject.ids.length === sent);
    expect(subject.server.requests).toHaveLength(4);
    await until(() => subject.server.connections === 2);
    expect(new Set(subject.ids)).toEqual(new Set(idsOf(events.slice(0, sent))));
    expect([subject.gaps, subject.server.earlyAborts, subject.logger.loud]).toEqual([[], 0, []]);
  });
});

describe('a planned change', () => {
  test('is put off when the server has no place for one more; the old connection stays', async () => {
    const { subject, clock } = await heard({ transports: ['sse'], server: { maxConnections: 1 } }, 1);
    await using _ = subject;
    await clock.advance(2_000);
    await subject.connections.reconnect();
    expect(subject.logger.loud).toEqual([expect.stringMatching(/put off.*TOO_MANY_CONNECTIONS/) as string]);
    await subject.hear('still there');
    await clock.advance(20_000);
    expect([subject.server.requests.map(({ status }) => status), subject.gaps]).toEqual([[200, 429], []]);
  });

  test('is put off when the new connection is not heard in time', async () => {
    const { subject, clock } = await heard({ transports: ['websocket'] }, 1);
    await using _ = subject;
    let isDone = false;
    const changing = subject.connections.reconnect().then(() => (isDone = true));
    await subject.server.subscribed(2);
    await clock.advance(39_000);
    expect([isDone, subject.server.connections]).toEqual([false, 2]);
    await clock.advance(1_000);
    await changing;
    await until(() => subject.server.connections === 1);
    await subject.hear('still there');
    expect([subject.server.requests.length, subject.gaps]).toEqual([2, []]);
  });

  test('survives that the old connection is cut meanwhile', async () => {
    const { subject, clock } = await heard({ transports: ['sse'] }, 1);
    await using _ = subject;
    await clock.advance(2_000);
    const changing = subject.connections.reconnect();
    await subject.server.subscribed(2);
    subject.server.cut({ count: 1 });
    await until(() => subject.server.requests.length === 3);
    await subject.server.subscribed(2);
    await subject.hear('{}', 2);
    await clock.advance(5_000);
    await changing;
    await until(() => subject.server.connections === 1);
    await subject.hear('there');
    expect(subject.gaps).toHaveLength(1); // The new one was not heard yet when the old one was lost.
  });

  test('of a quiet stream is no gap, however long ago the last byte of the old connection came', async () => {
    const keys = ['gx_test_0000000000000001', 'gx_test_0000000000000002'] as const;
    let key: string = keys[0];
    const options = { transports: ['sse'], server: { keys }, apiKey: async () => key } as const;
    const { subject, clock } = await heard(options, 1);
    await using _ = subject;
    await clock.advance(20_000);
    key = keys[1];
    const changing = subject.connections.reconnect();
    await subject.server.subscribed(2);
    const { length } = subject.frames;
    subject.server.publishRaw('{}', { key });
    await until(() => subject.frames.length > length); // On the new one alone.
    await clock.advance(5_000);
    await changing;
    expect([subject.gaps, subject.server.connections]).toEqual([[], 1]);
  });

  test('that is not done yet ends with stop()', async () => {
    const { subject, clock } = await heard({ transports: ['sse'] }, 1);
    await using _ = subject;
    const changing = subject.connections.reconnect();
    await subject.server.subscribed(2);
    const stopping = subject.connections.stop();
    await clock.advance(1_200);
    await Promise.all([stopping, changing, subject.run()]);
    await until(() => subject.server.connections === 0);
    expect(clock.waiting.count).toBe(0);
  });

  test('is called for by age, again and again', async () => {
    const { subject, clock } = await heard({ transports: ['sse'], maxAgeMs: 600_000 }, 1);
    await using _ = subject;
    const openedAt: number[] = [];
    while (openedAt.length < 3) {
      const { length } = subject.server.requests;
      while (subject.server.requests.length === length) {
        await clock.advance(20_000);
        await subject.hear('{}', subject.server.connections);
      }
      openedAt.push(clock.now() - START);
      await subject.server.subscribed(2);
      while (subject.server.connections > 1) {
        await subject.hear('{}', subject.server.connections);
        await clock.advance(1_000);
      }
    }
    // 90 % of the age with a chance of one half.
    const [first = 0, second = 0, third = 0] = openedAt;
    for (const age of [first, second - first, third - second]) {
      expect(age).toBeGreaterThanOrEqual(540_000);
      expect(age).toBeLessThan(600_000);
    }
    expect([subject.gaps, subject.logger.loud]).toEqual([[], []]);
  });

  test('asks for the key again', async () => {
    const keys = ['gx_test_0000000000000001', 'gx_test_0000000000000002'];
    let key = keys[0] ?? '';
    const { subject, clock } = await heard({ transports: ['sse'], server: { keys }, apiKey: async () => key }, 1);
    await using _ = subject;
    await clock.advance(2_000);
    key = keys[1] ?? '';
    const changing = subject.connections.reconnect();
    await subject.server.subscribed(2);
    expect(subject.server.publish(makeEvents(1), { key })).toBe(1);
    await until(() => subject.ids.length === 1);
    await clock.advance(3_000);
    await changing;
    await until(() => subject.server.connections === 1);
    expect(subject.server.publish(makeEvents(1), { key })).toBe(1);
  });
});

test('after a 401 the key is asked for again', async () => {
  const keys = ['gx_test_0000000000000001', 'gx_test_0000000000000002'];
  const given = [keys[0], 'gx_test_rotated_and_unknown', keys[1]];
  let asked = 0;
  const apiKey = async (): Promise<string> => given[Math.min(asked++, 2)] ?? '';
  const { subject, clock } = await heard({ transports: ['websocket'], server: { keys }, apiKey }, 1);
  await using _ = subject;
  await clock.advance(2_000);
  subject.server.cut();
  await until(() => subject.server.requests.at(-1)?.status === 401);
  await clock.advance(60_000);
  await subject.server.subscribed();
  expect([asked, subject.server.publish(makeEvents(1), { key: keys[1] ?? '' })]).toEqual([3, 1]);
});
