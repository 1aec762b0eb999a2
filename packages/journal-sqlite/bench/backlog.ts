/**
 * Start-up time and memory with many events waiting: `node bench/backlog.ts [events] [folder] [batch]`, after a build. Each
 * step is a process of its own, so that none is measured with the memory of another one.
 */
import { EventSource, silentLogger } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
// This package does not depend on a destination, hence the path.
import { HttpDestination } from '../../destination-http/dist/index.js';
import { describeMemory, peakMebibytes } from './memory.ts';
import { RecordMaker } from './waiting-records.ts';

const SILENT = { onOverrun: () => {}, onFilling: () => {} };
const GROUP = 256;
const OPENINGS = 3;
/** So many events are drained: enough to see where the memory levels off. */
const MOST_DRAINED = 2_000_000;
const EVERY = 500_000;
const MAX_BYTES = 100 * 2 ** 30;
/** The port of "discard": nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

const [task = 'all', ...rest] = process.argv.slice(2);
switch (task) {
  case 'fill':
    await fill(rest[0] ?? '', Number(rest[1]));
    break;
  case 'open':
    await open(rest[0] ?? '');
    break;
  case 'drain':
    await drain(rest[0] ?? '', Number(rest[1]));
    break;
  case 'deliver':
    await deliver(rest[0] ?? '', Number(rest[1]));
    break;
  default:
    all(Number(task === 'all' ? 10_000_000 : task), rest[0] ?? tmpdir(), Number(rest[1] ?? 1_000));
}

function all(events: number, parent: string, batchSize: number): void {
  const folder = mkdtempSync(join(parent, 'journal-bench-'));
  const path = join(folder, 'events.db');
  try {
    run('fill', path, String(events));
    for (let opening = 0; opening < OPENINGS; opening++) run('open', path);
    run('deliver', path, String(batchSize));
    run('drain', path, String(batchSize));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(...words: readonly string[]): void {
  const program = [...process.execArgv, fileURLToPath(import.meta.url), ...words];
  const { status } = spawnSync(process.execPath, program, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${words[0]} ended with ${status}`);
}

async function fill(path: string, events: number): Promise<void> {
  const journal = await opened(path);
  await journal.openCursor('waiting', { onReadable: () => {} });
  const maker = new RecordMaker();
  const startedAt = performance.now();
  while (journal.stats().head < events) await journal.append(maker.next(GROUP));
  const { bytes, head } = journal.stats();
  await journal.close();
  console.log(`filled: ${head} events, ${Math.round(bytes / 2 ** 20)} MiB, ${seconds(startedAt)} s; ${memory()}`);
}

async function open(path: string): Promise<void> {
  const startedAt = performance.now();
  const journal = await opened(path);
  console.log(`open with ${journal.stats().events} events waiting: ${seconds(startedAt)} s; ${memory()}`);
  await journal.close();
}

/** With a source whose event server cannot be reached, and a receiver in a process of its own. */
async function deliver(path: string, batchSize: number): Promise<void> {
  const receiver = fork(fileURLToPath(new URL('../../../bench/programs/receiver.ts', import.meta.url)));
  const [{ url }] = (await once(receiver, 'message')) as [{ url: string }];
  const name = `delivered ${process.pid}`;
  const before = await opened(path);
  await before.openCursor(name, { from: 'oldest', onReadable: () => {} });
  await before.close();
  const journal = new SqliteJournal({ path, maxBytes: MAX_BYTES });
  const source = new EventSource({ url: NOBODY, apiKey: 'gx_test_0123456789abcdef', journal, logger: silentLogger });
  source.addDestination(new HttpDestination({ name, url, batchSize, maxBatchBytes: 1_000_000 }));
  const running = source.start();
  const startedAt = performance.now();
  let delivered = 0;
  for (let next = EVERY; delivered < MOST_DRAINED; await sleep(5)) {
    const stats = source.stats().destinations[name];
    delivered = stats?.delivered ?? 0;
    if (delivered > 0 && stats?.lag === 0) break;
    if (delivered < next) continue;
    next += EVERY;
    console.log(`  delivered ${delivered}: ${describeMemory()}`);
  }
  const perSecond = Math.round(delivered / Number(seconds(startedAt)));
  console.log(`delivered in batches of ${batchSize}: ${perSecond} events/s; ${memory()}`);
  await source.stop({ deadlineMs: 1 });
  await running;
  receiver.kill();
}

/** As a delivery does: read a batch, look at the texts, settle it. */
async function drain(path: string, batchSize: number): Promise<void> {
  const journal = await opened(path);
  const cursor = await journal.openCursor(`drained ${process.pid}`, { from: 'oldest', onReadable: () => {} });
  const startedAt = performance.now();
  let read = 0;
  let characters = 0;
  for (let next = EVERY; read < MOST_DRAINED;) {
    const records = await cursor.read(batchSize);
    if (records.length === 0) break;
    read += records.length;
    for (const { text } of records) characters += text.length;
    await cursor.commit({ settled: [[records[0]?.position ?? 0, records.at(-1)?.position ?? 0]] });
    if (read < next) continue;
    next += EVERY;
    console.log(`  drained ${read}: ${describeMemory()}`);
  }
  const perSecond = Math.round(read / Number(seconds(startedAt)));
  console.log(`drained in batches of ${batchSize}: ${perSecond} events/s, ${characters} characters; ${memory()}`);
  await journal.close();
}

async function opened(path: string): Promise<SqliteJournal> {
  const journal = new SqliteJournal({ path, maxBytes: MAX_BYTES });
  await journal.open(SILENT);
  return journal;
}

function memory(): string {
  return `peak ${peakMebibytes()} MiB (now ${describeMemory()})`;
}

function seconds(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(2);
}
