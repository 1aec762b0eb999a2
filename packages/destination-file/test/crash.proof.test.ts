import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { EventServer, makeEvents } from '@grantex/testing';
import { expect, test, vi } from 'vitest';
import type { CrashSettings, CrashStatus } from './crash-forwarder.js';
import { Folder, idsIn, idsOf } from './rig.js';

const COUNT = 20_000;
const BATCH_SIZE = 100;
const KILLS = 3;
const PATIENCE = { timeout: 30_000, interval: 2 };

/** A source with a journal on the disk and this destination, in a process of its own. */
class Forwarder implements AsyncDisposable {
  readonly #child: ChildProcess;
  status: CrashStatus = { lag: 0, delivered: 0 };
  isDead = false;

  constructor(settings: CrashSettings) {
    this.#child = fork(join(import.meta.dirname, 'crash-forwarder.ts'), [JSON.stringify(settings)], { execArgv: [] });
    this.#child.on('message', (status: CrashStatus) => (this.status = status));
    this.#child.on('exit', () => (this.isDead = true));
  }

  async until(holds: (status: CrashStatus) => boolean): Promise<void> {
    await vi.waitUntil(() => this.isDead || holds(this.status), PATIENCE);
    if (this.isDead) throw new Error('the forwarder ended by itself');
  }

  async kill(): Promise<void> {
    if (this.isDead) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

test('20,000 events, killed in the middle again and again, the file renamed under way: nothing is missing, every line is whole', async () => {
  using folder = new Folder();
  await using server = await EventServer.start();
  const directory = join(folder.path, 'log');
  const path = join(directory, 'audit.ndjson');
  const retry = { holdMs: 10, maxHoldMs: 10 };
  const settings: CrashSettings = {
    url: server.url,
    key: server.key,
    journal: join(folder.path, 'journal.db'),
    destination: { path, batchSize: BATCH_SIZE, flushIntervalMs: 20, retry },
  };
  const events = makeEvents(COUNT);

  for (let life = 0; life <= KILLS; life++) {
    await using forwarder = new Forwarder(settings);
    if (life === 0) {
      await server.subscribed();
      server.publish(events);
      // The directory is missing, so that all of them wait in the journal.
      await forwarder.until(({ lag }) => lag === COUNT);
      mkdirSync(directory);
    }
    const share = COUNT / (KILLS + 2);
    if (life === KILLS) await forwarder.until(({ lag, delivered }) => delivered > 0 && lag === 0);
    else await forwarder.until(({ delivered }) => delivered > share / 2);
    if (life === 1) {
      renameSync(path, `${path}.1`);
      await forwarder.until(({ delivered }) => delivered > share);
    }
    await forwarder.kill();
  }

  const files = [`${path}.1`, path].map((name) => idsIn(readFileSync(name, 'utf8')));
  const ids = files.flat();
  const distinct = [...new Set(ids)];
  const repeats = ids.length - distinct.length;
  console.log(`${distinct.length} events and ${repeats} repeats after ${KILLS} kills`);
  expect(distinct).toEqual(idsOf(events));
  expect(repeats).toBeLessThanOrEqual(KILLS * BATCH_SIZE);
  expect(Math.min(...files.map(({ length }) => length))).toBeGreaterThan(BATCH_SIZE);
}, 60_000);
