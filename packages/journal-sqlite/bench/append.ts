/**
 * What an append costs, and an open with many events waiting: `node bench/append.ts [events] [folder]`, after a build.
 */
import { EventRecord } from '@grantex/core';
import { SqliteJournal } from '@grantex/journal-sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SILENT = { onOverrun: () => {}, onFilling: () => {} };
const BATCH_MS = 3_000;
const waiting = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'journal-bench-'));
const path = join(folder, 'events.db');
const filler = 'g'.repeat(220);
let made = 0;

function makeRecords(count: number): EventRecord[] {
  return Array.from({ length: count }, () => {
    const id = `evt_${String(++made).padStart(26, '0')}`;
    return new EventRecord(
      id,
      `{"id":"${id}","type":"grant.created","createdAt":"2026-03-01T12:00:00Z","data":{"grantId":"${filler}"}}`,
    );
  });
}

const open = async (): Promise<SqliteJournal> => {
  const journal = new SqliteJournal({ path, maxBytes: 100 * 2 ** 30 });
  await journal.open(SILENT);
  return journal;
};

let journal = await open();
await journal.openCursor('waiting', { onReadable: () => {} });
for (const size of [64, 256]) {
  const groups = Array.from({ length: 100 }, () => makeRecords(size));
  const startedAt = performance.now();
  let appends = 0;
  while (performance.now() - startedAt < BATCH_MS) await journal.append(groups[appends++ % groups.length] ?? []);
  const seconds = (performance.now() - startedAt) / 1_000;
  const perSecond = Math.round(appends / seconds);
  console.log(`groups of ${size}: ${perSecond} appends/s, ${perSecond * size} events/s, synced`);
}
while (journal.stats().head < waiting) await journal.append(makeRecords(256));
const { events, bytes } = journal.stats();
await journal.close();
const startedAt = performance.now();
journal = await open();
const opened = performance.now() - startedAt;
console.log(`open with ${events} events waiting (${Math.round(bytes / 2 ** 20)} MiB): ${Math.round(opened)} ms`);
const cursor = await journal.openCursor('waiting', { onReadable: () => {} });
const readAt = performance.now();
let read = 0;
for (let records = await cursor.read(1_000); records.length > 0 && read < 500_000; records = await cursor.read(1_000)) {
  read += records.length;
  await cursor.commit({ settled: [[records[0]?.position ?? 0, records.at(-1)?.position ?? 0]] });
}
console.log(
  `read and settled in batches of 1,000: ${Math.round(read / ((performance.now() - readAt) / 1_000))} events/s`,
);
console.log(`memory: ${Math.round(process.memoryUsage.rss() / 2 ** 20)} MiB resident`);
await journal.close();
rmSync(folder, { recursive: true });
