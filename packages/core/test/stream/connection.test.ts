import { describe, expect, test } from 'vitest';
import { StreamError } from '../../src/index.js';
import { makeEvents, ManualClock } from '@grantex/testing';
import { Listening, until } from './listening.js';

const START = Date.UTC(2026, 2, 1, 12);

describe('at the first connect', () => {
  test('a wrong key rejects within two seconds, with one error that says it all, and nothing else printed', async () => {
    await using subject = await Listening.start({ apiKey: async () => 'gx_test_wrong_wrong_wrong' });
    const begin = performance.now();
    const error: unknown = await subject.run().catch((reason: unknown) => reason);
    expect(performance.now() - begin).toBeLessThan(2_000);
    expect(error).toBeInstanceOf(StreamError);
    expect(error).toMatchObject({
      name: 'StreamError',
      code: 'STREAM_REFUSED',
      message: 'Failed to connect to event stream: 401',
      statusCode: 401,
      retryable: false,
      cause: expect.objectContaining({ message: expect.stringContaining('Invalid API key') as string }) as Error,
    });
    expect([subject.server.requests.length, subject.logger.lines]).toEqual([1, []]);
  });

  test.each([
    {
      name: 'a page where the stream should be',
      refusal: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    },
    { name: 'an address that does not exist', refusal: { status: 404 } },
    {
      name: 'a redirect, which is not followed',
      refusal: { status: 301, headers: { location: 'http://127.0.0.1:1/' } },
    },
    { name: 'no content', refusal: { status: 204 } },
    { name: 'forbidden', refusal: { status: 403 } },
  ])('$name rejects, with the status', async ({ refusal }) => {
    await using subject = await Listening.start();
    subject.server.refuseNext(Infinity, refusal);
    await expect(subject.run()).rejects.toMatchObject({
      message: `Failed to connect to event stream: ${refusal.status}`,
      statusCode: refusal.status,
      cause: { message: expect.stringMatching(/url|apiKey/) as string },
    });
    expect(subject.server.requests).toHaveLength(1);
  });

  test.each([500, 502, 503])('%i goes on trying, after growing pauses, and says so without a flood', async (status) => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    subject.server.refuseNext(6, { status });
    const running = subject.run();
    running.catch(() => {});
    const pauses: number[] = [];
    for (let failure = 1; failure <= 6; failure++) {
      await until(
        () =>
          subject.server.requests.length === failure &&
          clock.waiting.count === 1 &&
          (clock.waiting.nextAt ?? 0) < clock.now() + 40_000,
      );
      pauses.push(await clock.runNext());
    }
    await subject.server.subscribed();
    // Half of 500, 1000 … since chance is one half.
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000]);
    expect(subject.logger.lines).toHaveLength(2);
    expect(subject.logger.loud[0]).toContain(`${status}`);
  });

  test('401 after 503 is a refusal of the first connect all the same', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock, apiKey: async () => 'gx_test_wrong_wrong_wrong' });
    subject.server.refuseNext(1, { status: 503 });
    const refused = subject.run().catch((error: unknown) => error);
    await until(() => subject.server.requests.length === 1 && clock.waiting.nextAt === START + 250);
    await clock.advance(250);
    expect(await refused).toMatchObject({ statusCode: 401 });
  });

  test('a server that is not there yet is waited for', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.server.down();
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + 250);
    await subject.server.up();
    await clock.advance(250);
    await subject.server.subscribed();
    await subject.hear('there');
    expect(subject.frames).toEqual(['there']);
  });

  test('an apiKey function that fails is asked again', async () => {
    const clock = new ManualClock(START);
    let asked = 0;
    await using subject = await Listening.start({
      clock,
      apiKey: async () => {
        if (++asked < 3) throw new Error('the vault is sealed');
        return subject.server.key;
      },
    });
    subject.run().catch(() => {});
    for (let failure = 0; failure < 2; failure++) await clock.runNext();
    await subject.server.subscribed();
    expect(asked).toBe(3);
    expect(subject.logger.loud[0]).toContain('the vault is sealed');
  });
});

describe('the pauses that the server asks for', () => {
  test('429 with Retry-After: no request before that time', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    subject.server.refuseNext(1, { status: 429, code: 'RATE_LIMIT_EXCEEDED', headers: { 'retry-after': '17' } });
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + 17_500);
    await clock.advance(16_999);
    expect(subject.server.requests).toHaveLength(1);
    await clock.advance(2_000);
    await subject.server.subscribed();
  });

  test('too many connections: no request for 300 s, and then it gets in', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    subject.server.refuseNext(1, { status: 429, code: 'TOO_MANY_CONNECTIONS' });
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + 320_000);
    await clock.advance(300_000);
    expect(subject.server.requests).toHaveLength(1);
    await clock.advance(30_000);
    await subject.server.subscribed();
    expect(subject.server.requests).toHaveLength(2);
  });
});

describe('a connection that was heard', () => {
  test('and is cut is opened again at once, however little came on it', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(20_000);
    subject.server.cut();
    await subject.server.subscribed(); // No time has passed on the clock.
    await subject.hear();
    expect(subject.gaps).toMatchObject([{ from: START, to: START + 20_000 }]);
  });

  test('and is ended politely is opened again at once as well', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(5_000);
    await subject.hear();
    subject.server.end();
    await subject.server.subscribed();
    await subject.hear();
    expect(subject.gaps).toEqual([
      { from: START + 5_000, to: START + 5_000, cause: expect.stringContaining('ended') as string },
    ]);
  });

  test('but a server that cuts after every first byte is not flooded: far less than 100 requests a minute', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    while (clock.now() < START + 60_000) {
      if (subject.server.connections === 1) {
        await subject.hear();
        subject.server.cut();
      } else {
        await clock.advance(100);
      }
    }
    expect(subject.server.requests.length).toBeLessThan(50);
  });

  test('and is refused later with 401 goes on trying, slowly, until the key is good again', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    await subject.hear();
    subject.server.refuseNext(2, { status: 401, code: 'UNAUTHORIZED', message: 'Invalid API key' });
    subject.server.cut();
    await until(() => subject.server.requests.at(-1)?.status === 401);
    const refusedAt: number[] = [];
    while (subject.server.connections === 0) {
      if (subject.server.requests.length > refusedAt.length + 1) refusedAt.push(clock.now());
      await clock.advance(1_000);
    }
    await subject.hear();
    const [first = 0, second = 0] = refusedAt;
    expect(second - first).toBeGreaterThanOrEqual(30_000);
    expect(clock.now() - second).toBeGreaterThanOrEqual(30_000);
    expect(clock.now() - first).toBeLessThan(600_000);
    expect(subject.logger.loud.join('\n')).toContain('Invalid API key');
  });

  test('asks for the key again at each connect', async () => {
    const clock = new ManualClock(START);
    const keys = ['gx_test_0000000000000001', 'gx_test_0000000000000002'];
    let key = keys[0] ?? '';
    await using subject = await Listening.start({ clock, server: { keys }, apiKey: async () => key });
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    await subject.hear();
    key = keys[1] ?? '';
    subject.server.cut();
    await subject.server.subscribed();
    expect(subject.server.publish(makeEvents(1), { key })).toBe(1);
  });
});

describe('silence', () => {
  test('of 75 s ends a half-open stream, and the gap begins with the last byte', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await clock.advance(1_000);
    await subject.hear();
    subject.server.stall();
    await clock.advance(74_999);
    expect([subject.server.requests.length, subject.hearing.isHeard]).toEqual([1, true]);
    await clock.advance(1);
    await until(() => subject.server.requests.length === 2);
    expect(subject.hearing.lostSince).toBe(START + 1_000);
    await until(() => subject.server.connections === 1);
    await subject.server.subscribed();
    await subject.hear();
    expect(subject.gaps).toEqual([
      { from: START + 1_000, to: START + 76_000, cause: expect.stringContaining('75000 ms') as string },
    ]);
  });

  test('is none while keepalives come', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock, server: { keepaliveMs: 10 } });
    await subject.subscribe();
    for (let step = 0; step < 5; step++) {
      const { pieces } = subject;
      await until(() => subject.pieces > pieces + 1);
      await clock.advance(70_000);
    }
    expect([subject.server.requests.length, subject.gaps, subject.frames]).toEqual([1, [], []]);
  });

  test('before the headers is no reason to break a quiet stream off: they come after 30 s', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await clock.advance(35_000);
    expect([subject.server.requests.length, subject.hearing.isHeard]).toEqual([1, false]);
    await subject.hear();
    expect(subject.hearing.isHeard).toBe(true);
    await clock.advance(74_000);
    expect([subject.server.requests.length, subject.logger.lines]).toEqual([1, []]);
  });

  test('of 40 s before the first byte is one: it connects again', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    subject.server.stall();
    await clock.advance(40_000);
    await clock.advance(1_000);
    await until(() => subject.server.requests.length === 2);
    expect(subject.gaps).toEqual([]);
  });
});
