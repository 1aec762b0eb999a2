import { describe, expect, test, vi } from 'vitest';
import { FakeCluster } from '../../destination-kafka/test/fake-cluster/fake-cluster.js';
import { OptionError } from '../src/index.js';
import { deadHost, EchoServer } from './secrets/echo-server.js';
import { askAt, closeAt, deliverTo } from './secrets/meetings.js';
import { formsOf, Shown } from './secrets/shown.js';
import { HTTP_SUBJECTS, OTHER_SUBJECTS, SUBJECTS, type Subject } from './secrets/subjects.js';

vi.setConfig({ testTimeout: 30_000 });

const STATUSES = [400, 401, 403, 404, 407, 413, 429, 500, 503] as const;

describe.concurrent.each(Object.entries(SUBJECTS))('%s', (_, subject) => {
  test('a wrong option: no secret in the error', async () => {
    const host = await deadHost();
    const errors = wrongOptions(subject.options(host)).flatMap((options) => errorOf(() => subject.create(options)));
    const shown = new Shown();
    for (const error of errors) shown.add('an error of the constructor', error);
    expect(errors.filter((error) => !(error instanceof OptionError))).toEqual([]);
    expect(errors.length).toBeGreaterThan(0);
    expect(shown.leaksOf(subject.secrets)).toEqual([]);
  });

  test('nobody listens: no secret in what check() and sendTest() say, or in the destination', async () => {
    const shown = await askAt(await deadHost(), subject);
    expect(shown.leaksOf(subject.secrets)).toEqual([]);
  });

  test('nobody listens: no secret in a log line, in stats() or in a dead letter of a source', async () => {
    const shown = await deliverTo(await deadHost(), subject);
    expect(shown.leaksOf(subject.secrets)).toEqual([]);
  });
});

describe.concurrent.each(Object.entries(HTTP_SUBJECTS))(
  '%s, and a service that repeats what it was sent',
  (_, subject) => {
    test.each(STATUSES)('%i: no secret in what check() and sendTest() say, or in the destination', async (status) => {
      await using echo = await EchoServer.start(status);
      const shown = await askAt(echo.host, subject);
      for (const secret of subject.sent ?? []) expect(hasOneOf(echo.said, formsOf(secret))).toBe(true);
      expect(shown.leaksOf(subject.secrets)).toEqual([]);
    });

    test.each([401, 413, 500])('%i: no secret in what a source shows', async (status) => {
      await using echo = await EchoServer.start(status);
      const shown = await deliverTo(echo.host, subject);
      expect(shown.leaksOf(subject.secrets)).toEqual([]);
    });
  },
);

// A proxy that opens no tunnel is trouble of the network, which close() waits for to pass.
const ANSWERED = Object.entries(HTTP_SUBJECTS).filter(([name]) => name !== 'https through a proxy');

test.concurrent.each(ANSWERED)('%s: no secret in the error of a close() that could not deliver', async (_, subject) => {
  await using echo = await EchoServer.start(401);
  const shown = await closeAt(echo.host, subject);
  expect(shown.text).toContain('not delivered');
  expect(shown.leaksOf(subject.secrets)).toEqual([]);
});

// Not by @platformatic/kafka: the broker of the test speaks versions that are too old for it.
test('kafka, and a broker that repeats the login in its refusal', async () => {
  const subject = SUBJECTS['kafka'] as Subject;
  await using cluster = await FakeCluster.start();
  cluster.loginRefusal = `refused: ${subject.secrets.join(' ')}`;
  const [host = ''] = cluster.addresses;
  for (const meet of [askAt, closeAt, deliverTo]) {
    const shown = await meet(host, subject);
    expect(shown.text).toContain('refused');
    expect(shown.leaksOf(subject.secrets)).toEqual([]);
  }
});

test.each(Object.entries(OTHER_SUBJECTS).filter(([name]) => name.startsWith('bigquery')))(
  '%s, with a key that cannot sign: no secret in the error of close()',
  async (_, subject) => {
    const shown = await closeAt(await deadHost(), subject);
    expect(shown.text).toContain('not delivered');
    expect(shown.leaksOf(subject.secrets)).toEqual([]);
  },
);

/** Each option once in a wrong form that has its value in it, and once under a wrong name. */
function wrongOptions(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const { [name]: _, ...others } = options;
    const wrong = [
      { ...others, [`${name}s`]: value },
      { ...options, [name]: [[value]] },
      { ...options, [name]: { value } },
    ];
    if (typeof value !== 'string') return wrong;
    return [...wrong, { ...options, [name]: `${value}\n` }, { ...options, [name]: ` ${value}\u0000` }];
  });
}

/** What it throws, if it does. */
function errorOf(run: () => unknown): unknown[] {
  try {
    run();
    return [];
  } catch (error) {
    return [error];
  }
}

function hasOneOf(text: string, parts: readonly string[]): boolean {
  return parts.some((part) => text.includes(part));
}
