/** The present software on the same work: `EventSource`, `MemoryJournal`, and a destination that posts JSON arrays. */
import { EventSource } from '@grantex/core';
import { HttpDestination } from '@grantex/destination-http';
import { Meter, readSettings } from './settings.ts';

const { streamUrl, streamKey, receiverUrl, events, batchSize } = readSettings();
const meter = new Meter(events);
const source = new EventSource({ url: streamUrl, apiKey: streamKey });
source.addDestination(new HttpDestination({ url: receiverUrl, batchSize, maxBatchBytes: 1_000_000 }));
const running = source.start();
await source.ready();
meter.start();
while ((source.stats().destinations['http']?.delivered ?? 0) < events) {
  await new Promise((resolve) => setTimeout(resolve, 2));
}
meter.finish();
await source.stop();
await running;
process.exit(0);
