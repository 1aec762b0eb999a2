import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventServer, HttpReceiver, makeEvents, type ReceivedRequest } from '@grantex/testing';
import { expect, onTestFinished, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { until } from '../../../tools/services/trial/until.js';
import type { S3Options } from '../src/index.js';
import { Relay, StoredObjects } from './bucket.js';
import type { CrashSettings, CrashStatus } from './crash-forwarder.js';

const COUNT = 3_000;

/** Of each life: how it is killed, and what its options are. A batch that was begun has to keep its key all the same. */
const LIVES: readonly { readonly kill: 'before' | 'after'; readonly options: Partial<S3Options> }[] = [
  { kill: 'after', options: {} },
  { kill: 'after', options: { batchSize: 300, compression: 'zstd' } },
  // On its way, and not stored: nothing may be missing.
  { kill: 'before', options: { partitionBy: 'hour' } },
  { kill: 'after', options: { compression: 'none', batchSize: 700 } },
  { kill: 'after', options: {} },
];

test('killed between upload and settlement, again and again: the same key, no second object, nothing missing', async (context) => {
  using stored = new StoredObjects(needService('s3', context));
  await using relay = new Relay(stored.options.endpoint);
  await using receiver = await HttpReceiver.start();
  await using server = await EventServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'grantex-s3-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const start = (options: Partial<S3Options>) =>
    new Forwarder({
      url: server.url,
      key: server.key,
      journal: join(folder, 'journal.db'),
      destination: {
        ...stored.options,
        endpoint: receiver.url,
        batchSize: 500,
        flushIntervalMs: 100,
        retry: { initialMs: 1, maxMs: 1 },
        ...options,
      },
    });

  const events = makeEvents(COUNT);
  /** The key that each life had under way when it was killed. */
  const cut: string[] = [];
  /** The first key of each life. */
  const begun: (string | undefined)[] = [];
  for (const [life, { kill, options }] of LIVES.entries()) {
    await using forwarder = start(options);
    const from = receiver.requests.length;
    let isOver = false;
    receiver.answer(async (request) => {
      if (isOver) return { hang: true };
      // What the life before had under way comes first, and gets its answer.
      if (request.path === cut.at(-1)) return relay.forward(request);
      // The first life is killed when all events are in its journal.
      await until(() => life > 0 || forwarder.lag === COUNT);
      isOver = true;
      if (kill === 'after') await relay.forward(request);
      cut.push(request.path);
      await forwarder.kill();
      return { dropAnswer: true };
    });
    if (life === 0) {
      await server.subscribed();
      server.publish(events);
    }
    await until(() => isOver && forwarder.isDead);
    begun.push(receiver.requests[from]?.path);
  }
  receiver.answer((request) => relay.forward(request));
  await using last = start({});
  await until(() => last.lag === 0);
  await last.kill();

  expect(begun.slice(1)).toEqual(cut.slice(0, -1));
  const ids = await stored.ids();
  expect(ids.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  // Each key that was cut off after its upload came again, was answered 412, and never as another object.
  const answers = (path: string) => receiver.requests.filter((request) => request.path === path).map(statusOf);
  expect(cut.map(answers)).toEqual(LIVES.map(({ kill }) => [undefined, kill === 'after' ? 412 : 200]));
  expect(await stored.keys()).toHaveLength(new Set(receiver.requests.map(({ path }) => path)).size);
});

function statusOf({ status }: ReceivedRequest): number | undefined {
  return status;
}

/** A forwarder in a process of its own. */
class Forwarder implements AsyncDisposable {
  readonly #child;
  readonly #ended: Promise<unknown>;
  lag = Number.NaN;
  isDead = false;

  constructor(settings: CrashSettings) {
    this.#child = fork(fileURLToPath(new URL('crash-forwarder.ts', import.meta.url)), [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit').then(() => (this.isDead = true));
    this.#child.on('message', (status) => (this.lag = (status as CrashStatus).lag));
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
