import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventServer, makeEvents } from '@grantex/testing';
import { expect, onTestFinished, test } from 'vitest';
import { needService } from '../../../tools/services/address.js';
import { proxy } from '../../../tools/services/toxiproxy.js';
import { QUICK } from '../../../tools/services/trial/service-rig.js';
import { until } from '../../../tools/services/trial/until.js';
import type { BigQueryOptions } from '../src/index.js';
import type { CrashSettings, CrashStatus, Moment } from './crash-forwarder.js';
import { freshEmulator, StoredRows } from './emulator.js';

const COUNT = 6_000;

interface Life {
  /** The request at which it is killed, and when in it. */
  readonly request: number;
  readonly moment: Moment;
  /** The line is cut once before. */
  readonly isCut?: true;
  /** Other than in the life before: a batch that was begun keeps its members and its place all the same. */
  readonly options?: Partial<BigQueryOptions>;
}

const LIVES: readonly Life[] = [
  { request: 2, moment: 'stored' },
  { request: 1, moment: 'stored', options: { batchSize: 50 } },
  { request: 3, moment: 'on its way', isCut: true },
  { request: 1, moment: 'on its way', options: { batchSize: 700 } },
  { request: 2, moment: 'stored', isCut: true },
  { request: 4, moment: 'on its way' },
  { request: 3, moment: 'stored', options: { batchSize: 300 }, isCut: true },
];

test('killed between append and settlement, again and again, and the line cut: nothing missing, nothing twice', async (context) => {
  const address = needService('bigquery', context);
  needService('toxiproxy', context);
  await freshEmulator(); // In the middle it would lose its streams.
  await using stored = await StoredRows.create(address);
  await using network = await proxy({ name: 'bigquery', upstream: new URL(stored.options.storageApiEndpoint).host });
  await using server = await EventServer.start();
  const folder = await mkdtemp(join(tmpdir(), 'grantex-bigquery-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const start = (settings: Partial<CrashSettings>, options: Partial<BigQueryOptions> = {}) =>
    new Forwarder({
      url: server.url,
      key: server.key,
      journal: join(folder, 'journal.db'),
      destination: {
        ...stored.options,
        ...QUICK,
        mode: 'storage-write',
        createTable: true,
        storageApiEndpoint: `http://${network.listen}`,
        batchSize: 500,
        ...options,
      },
      ...settings,
    });

  const events = makeEvents(COUNT);
  /** Of each life, the places that it sent to. */
  const places: string[][] = [];
  for (const [life, { request, moment, isCut, options }] of LIVES.entries()) {
    await using forwarder = start({ killAt: { request, moment }, ...(life === 0 && { waitFor: COUNT }) }, options);
    if (life === 0) {
      await server.subscribed();
      server.publish(events);
    }
    if (isCut === true) {
      await until(() => forwarder.places.length > 0);
      await network.cut();
      await network.restore();
    }
    await until(() => forwarder.isTime);
    await forwarder.kill();
    places.push(forwarder.places);
  }
  await using last = start({});
  await until(() => last.lag === 0);
  await last.kill();
  places.push(last.places);

  const ids = await stored.ids();
  console.log(`${LIVES.length} kills: ${ids.length} rows, ${new Set(ids).size} of them different`);
  expect(ids.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  // What a life had under way came first in the next one, at the same place.
  expect(places.slice(1).map(([first]) => first)).toEqual(places.slice(0, -1).map((sent) => sent.at(-1)));
});

/** A forwarder in a process of its own. */
class Forwarder implements AsyncDisposable {
  readonly places: string[] = [];
  lag = Number.NaN;
  isTime = false;
  readonly #child;
  readonly #ended: Promise<unknown>;

  constructor(settings: CrashSettings) {
    this.#child = fork(fileURLToPath(new URL('crash-forwarder.ts', import.meta.url)), [JSON.stringify(settings)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit');
    this.#child.on('message', (message) => {
      const { lag, place, isTime } = message as CrashStatus;
      this.lag = lag ?? this.lag;
      if (place !== undefined) this.places.push(place);
      this.isTime ||= isTime === true;
    });
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
