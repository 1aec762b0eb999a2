// The process that is killed: the real source, the real journal, real requests.
import { EventSource, GrantexError, MemoryJournal } from '@grantex/core';
import { HttpDestination } from '@grantex/destination-http';
import { AnnouncedJournal } from './announced-journal.ts';
import { tell, type ForwarderSettings } from './messages.ts';
import { SqliteJournal } from './sqlite.ts';

const STATUS_MS = 500;
/** Short waits, so that a run of minutes meets every one of them. */
const RETRY = { initialMs: 50, maxMs: 1_000, holdMs: 500, maxHoldMs: 2_000 };

// Ends with the process that started it, however that one ends.
process.stdin.on('end', () => process.exit(1)).resume();

const settings = JSON.parse(process.argv[2] ?? '{}') as ForwarderSettings;
const { path, maxBytes, retainMs, batchSize, silenceTimeoutMs } = settings;
const journal =
  settings.journal === 'sqlite' ? new SqliteJournal({ path, maxBytes, retainMs }) : new MemoryJournal({ maxBytes });

const source = new EventSource({
  url: settings.url,
  apiKey: settings.key,
  journal: new AnnouncedJournal(journal, (ids) => tell({ kind: 'appended', ids })),
  takeover: settings.takeover,
  silenceTimeoutMs,
});
for (const { name, url } of settings.destinations) {
  source.addDestination(
    new HttpDestination({ name, url, batchSize, flushIntervalMs: 50, timeoutMs: 2_000, retry: RETRY }),
  );
}

process.once('SIGTERM', () => void stop());

setInterval(() => {
  tell({ kind: 'status', lag: lags(), rssBytes: process.memoryUsage.rss() });
}, STATUS_MS);

source.ready().then(
  () => tell({ kind: 'heard' }),
  () => {}, // Stopped before; start() says why.
);
await source.start();

/** Events that are received and not settled, by destination; none while the journal is not open. */
function lags(): Readonly<Record<string, number>> {
  try {
    const { destinations } = source.stats();
    return Object.fromEntries(Object.entries(destinations).map(([name, { lag }]) => [name, lag]));
  } catch (error) {
    if (error instanceof GrantexError && error.code === 'JOURNAL_CLOSED') return {};
    throw error;
  }
}

async function stop(): Promise<void> {
  const { remaining } = await source.stop();
  tell({ kind: 'stopped', remaining: remaining.length });
  process.exit(0);
}
