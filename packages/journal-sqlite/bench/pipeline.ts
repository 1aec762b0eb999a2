/**
 * Events a second of the whole: event server process → `EventSource` with a `SqliteJournal` → receiver process:
 * `node bench/pipeline.ts [events] [rounds]`, after a build. Prints the median of the rounds.
 */
import { EventSource } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
// This package does not depend on a destination, hence the path.
import { HttpDestination } from '../../destination-http/dist/index.js';
import { peakMebibytes } from './memory.ts';

interface Settings {
  readonly url: string;
  readonly key: string;
  readonly receiverUrl: string;
  readonly events: number;
  readonly batchSize: number;
}

interface Measured {
  readonly eventsPerSecond: number;
  readonly microseconds: number;
  readonly mebibytes: number;
}

const [first, second] = process.argv.slice(2);
if (first?.startsWith('{') === true) await runOnce(JSON.parse(first) as Settings);
else await runAll(Number(first ?? 300_000), Number(second ?? 3));

async function runAll(events: number, rounds: number): Promise<void> {
  const server = await startProcess('event-server', String(events));
  const receiver = await startProcess('receiver');
  try {
    for (const batchSize of [1_000, 100]) {
      const settings = { url: server.url, key: server.key, receiverUrl: receiver.url, events, batchSize };
      const results: Measured[] = [];
      // The first round warms up the servers and is not counted.
      for (let round = 0; round <= rounds; round++) results.push(await runApart(settings));
      const speeds = results.slice(1).toSorted((one, other) => one.eventsPerSecond - other.eventsPerSecond);
      const { eventsPerSecond, microseconds, mebibytes } = speeds[Math.floor(rounds / 2)] ?? speeds[0]!;
      const [least, most] = [speeds[0]!, speeds.at(-1)!].map((result) => Math.round(result.eventsPerSecond));
      console.log(
        `batches of ${batchSize}: ${Math.round(eventsPerSecond)} events/s (${least} to ${most}), processor ${microseconds.toFixed(1)} µs an event, peak ${mebibytes} MiB`,
      );
    }
  } finally {
    server.child.kill();
    receiver.child.kill();
  }
}

async function startProcess(
  name: string,
  ...args: readonly string[]
): Promise<{ child: ChildProcess; url: string; key: string }> {
  const child = fork(fileURLToPath(new URL(`../../../bench/${name}.ts`, import.meta.url)), args);
  const [{ url, key = '' }] = (await once(child, 'message')) as [{ url: string; key?: string }];
  return { child, url, key };
}

async function runApart(settings: Settings): Promise<Measured> {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), JSON.stringify(settings)];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'], timeout: 120_000 });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the pipeline ended with ${code}`);
  return JSON.parse(output) as Measured;
}

async function runOnce({ url, key, receiverUrl, events, batchSize }: Settings): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'journal-bench-'));
  const journal = new SqliteJournal({ path: join(folder, 'events.db'), maxBytes: 20 * 2 ** 30 });
  const source = new EventSource({ url, apiKey: key, journal });
  source.addDestination(new HttpDestination({ url: receiverUrl, batchSize, maxBatchBytes: 1_000_000 }));
  const running = source.start();
  await source.ready();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  while ((source.stats().destinations['http']?.delivered ?? 0) < events) await sleep(2);
  const { user, system } = process.cpuUsage(before);
  const measured: Measured = {
    eventsPerSecond: events / ((performance.now() - startedAt) / 1_000),
    microseconds: (user + system) / events,
    mebibytes: peakMebibytes(),
  };
  await source.stop();
  await running;
  rmSync(folder, { recursive: true });
  process.stdout.write(JSON.stringify(measured));
}
