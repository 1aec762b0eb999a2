import { describe, expect, test } from 'vitest';
import { ManualClock } from '@grantex/testing';
import { Listening, until } from './listening.js';

const START = Date.UTC(2026, 2, 1, 12);

describe('stop()', () => {
  test('never ends a connection in its first second, which would cost a slot at the server', async () => {
    await using subject = await Listening.start();
    await subject.subscribe();
    const begin = performance.now();
    await subject.connection.stop();
    await subject.run();
    expect(performance.now() - begin).toBeLessThan(1_500);
    await until(() => subject.server.connections === 0);
    expect(subject.server.earlyAborts).toBe(0);
  });

  test('counts that second from the connect on, not from the question for the key', async () => {
    const clock = new ManualClock(START);
    const { promise: key, resolve: tell } = Promise.withResolvers<string>();
    await using subject = await Listening.start({ clock, apiKey: () => key });
    subject.run().catch(() => {});
    await clock.advance(900);
    tell(subject.server.key);
    await subject.server.subscribed();
    const stopping = subject.connection.stop();
    await clock.advance(900);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(subject.server.connections).toBe(1);
    await clock.advance(1_000);
    await stopping;
  });

  test('takes what comes until then', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    const stopping = subject.connection.stop();
    await subject.hear('last words');
    await clock.advance(2_000);
    await stopping;
    expect(subject.frames).toEqual(['last words']);
  });

  test('waits no longer than needed for a connection that is older', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    await clock.advance(2_000);
    await subject.connection.stop();
    await subject.run();
    expect(clock.waiting.count).toBe(0);
    await until(() => subject.server.connections === 0);
  });

  test('ends a pause between two connects at once', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    subject.server.refuseNext(1, { status: 429, code: 'TOO_MANY_CONNECTIONS' });
    subject.run().catch(() => {});
    await until(() => clock.waiting.nextAt === START + 320_000);
    await subject.connection.stop();
    await subject.run();
    expect([clock.waiting.count, subject.server.requests.length]).toEqual([0, 1]);
  });

  test('before run() makes run() end without a connect', async () => {
    await using subject = await Listening.start();
    await subject.connection.stop();
    await subject.run();
    expect(subject.server.requests).toEqual([]);
  });

  test('does not wait for an apiKey function that never answers', async () => {
    await using subject = await Listening.start({ apiKey: () => new Promise(() => {}) });
    const running = subject.run();
    await subject.connection.stop();
    await running;
    expect(subject.server.requests).toEqual([]);
  });

  test('does not hang on a server that takes the connection and never answers', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    subject.server.delayHeaders(60_000);
    subject.run().catch(() => {});
    await until(() => subject.server.requests.length === 1);
    const stopping = subject.connection.stop();
    await clock.advance(2_000);
    await stopping;
    expect(clock.now() - START).toBe(2_000);
  });
});

describe('what is sent', () => {
  test('are the key, the types as the server splits them, and what the standard asks for', async () => {
    await using subject = await Listening.start({ types: ['grant.created', 'token.issued'] });
    await subject.subscribe();
    expect(subject.server.requests).toMatchObject([
      { method: 'GET', path: '/v1/events/stream', query: 'types=grant.created,token.issued' },
    ]);
    expect(subject.server.requests[0]?.headers).toMatchObject({
      accept: 'text/event-stream',
      'cache-control': 'no-store',
    });
    expect(subject.server.requests[0]?.headers).not.toHaveProperty('last-event-id');
  });

  test.each<{ name: string; id: string; sent: string | undefined }>([
    { name: 'the id of the last frame that had one', id: '42', sent: '42' },
    { name: 'nothing after an empty id', id: '', sent: undefined },
  ])('$name, when it connects again', async ({ id, sent }) => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    subject.server.writeRaw(`id: 41\ndata: 1\n\nid: ${id}\ndata: 2\n\ndata: 3\n\n`);
    await until(() => subject.frames.length === 3);
    await clock.advance(1_000);
    await subject.hear();
    subject.server.cut();
    await subject.server.subscribed();
    expect(subject.server.requests.at(-1)?.headers['last-event-id']).toBe(sent);
  });

  test.each([
    { name: 'no Latin letters', id: '№ 5' },
    { name: 'control characters', id: 'a\tb\u0007' },
    { name: 'great length', id: 'x'.repeat(100_000) },
  ])('an id that cannot stand in a header ($name) does not keep it from connecting again', async ({ id }) => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    await subject.subscribe();
    subject.server.writeRaw(`id: ${id}\ndata: 1\n\n`);
    await until(() => subject.frames.length === 1);
    await clock.advance(1_000);
    await subject.hear();
    subject.server.cut();
    await until(() => subject.server.requests.length === 2);
    await subject.server.subscribed();
    await subject.hear('again');
    expect(subject.frames.at(-1)).toBe('again');
  });
});

describe('the key', () => {
  test('never appears in a log line, a gap or an error, even where a proxy sends the request back', async () => {
    const clock = new ManualClock(START);
    await using subject = await Listening.start({ clock });
    const { server } = subject;
    const echo = `GET /v1/events/stream authorization: Bearer ${server.key}`;
    await subject.subscribe();
    await subject.hear();
    await clock.advance(2_000);
    await subject.hear();
    server.refuseNext(4, { status: 503, message: echo });
    server.cut();
    await until(() => server.requests.length > 1);
    while (server.connections === 0) await clock.advance(1_000);
    await subject.hear();
    const told = JSON.stringify([subject.logger.lines, subject.gaps]);
    expect(told).toContain('503');
    expect(told).not.toContain(server.key);
  });

  test('nor in the error of a first connect that is refused', async () => {
    await using subject = await Listening.start();
    subject.server.refuseNext(1, { status: 401, message: `Invalid API key: ${subject.server.key}` });
    const error = (await subject.run().catch((reason: unknown) => reason)) as Error;
    expect(`${error.message} ${(error.cause as Error).message} ${error.stack ?? ''}`).not.toContain(subject.server.key);
  });
});

test('garbage from the server costs no neighbour', async () => {
  await using subject = await Listening.start();
  await subject.subscribe();
  const { events } = subject.server.garbage();
  await subject.hear('last');
  const ids = subject.frames.flatMap((frame) => {
    try {
      return (JSON.parse(frame) as { id?: string } | null)?.id ?? [];
    } catch {
      return [];
    }
  });
  for (const { id } of events) expect(ids).toContain(id);
});
