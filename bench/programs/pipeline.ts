/** The present software on the same work: `EventSource`, a journal, and as many destinations as it is told. */
import { EventSource, MemoryJournal, silentLogger, type DeliveryStats, type Journal } from '@grantex/core';
import { DatadogDestination } from '@grantex/destination-datadog';
import { HttpDestination } from '@grantex/destination-http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// The workspace's root does not depend on this package, hence the path.
import { SqliteJournal } from '../../packages/journal-sqlite/dist/index.js';
import { Meter } from './meter.ts';
import { readSettings, type DestinationSettings } from './settings.ts';

/** Rarely enough that asking costs nothing that could be seen. */
const LOOK_EVERY_MS = 10;
const DATADOG_KEY = '0123456789abcdef0123456789abcdef';

const settings = readSettings();
const folder = mkdtempSync(join(tmpdir(), 'grantex-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const meter = new Meter(settings);
const source = new EventSource({
  url: settings.streamUrl,
  apiKey: settings.streamKey,
  journal: openJournal(),
  logger: silentLogger,
});
for (const [index, destination] of settings.destinations.entries()) {
  source.addDestination(makeDestination(`number-${index}`, destination));
}
const running = source.start();
while (!meter.note(settled(measured()))) await sleep(LOOK_EVERY_MS);
await meter.report(amiss(measured()));
await source.stop({ deadlineMs: 1 });
await running;
process.exit(0);

function measured(): DeliveryStats {
  const stats = source.stats().destinations['number-0'];
  if (stats === undefined) throw new Error('the measured destination is not there');
  return stats;
}

/** Those that were passed over count here, since the run would wait for them for ever; they are told as amiss. */
function settled(stats: DeliveryStats): number {
  return stats.delivered + stats.overrun + stats.deadLettered;
}

function amiss(stats: DeliveryStats): number {
  return stats.overrun + stats.deadLettered + stats.retries;
}

function openJournal(): Journal {
  if (settings.journal !== 'disk') return new MemoryJournal();
  return new SqliteJournal({ path: join(folder, 'events.db'), logger: silentLogger });
}

function makeDestination(name: string, destination: DestinationSettings): DatadogDestination | HttpDestination {
  const {
    url,
    type = 'datadog',
    batchSize,
    compression = 'none',
    concurrency = 1,
    flushIntervalMs = 1_000,
  } = destination;
  const options = { name, batchSize, compression, concurrency, flushIntervalMs, logger: silentLogger };
  return type === 'http'
    ? new HttpDestination({ ...options, url, maxBatchBytes: 5_000_000 })
    : new DatadogDestination({ ...options, endpoint: url, apiKey: DATADOG_KEY });
}
