// The second of the three processes: the program of the guide, with a journal on the disk, two connections, and three lines for the demo.
import { DatadogDestination, EventSource } from '@grantex/destinations';
import { SqliteJournal } from '@grantex/journal-sqlite';

const { GRANTEX_URL = '', GRANTEX_API_KEY = '', DD_ENDPOINT = '', DD_API_KEY = '', JOURNAL = '' } = process.env;

const source = new EventSource({
  url: GRANTEX_URL,
  apiKey: GRANTEX_API_KEY,
  journal: new SqliteJournal({ path: JOURNAL }), // on the disk, so that a crash loses nothing
  connections: 2, // when one is cut, the other goes on
});

const datadog = new DatadogDestination({
  apiKey: DD_API_KEY,
  site: 'datadoghq.com',
  service: 'grantex',
  source: 'grantex',
  batchSize: 100,
  flushIntervalMs: 5000,
  endpoint: DD_ENDPOINT, // the demo's intake in place of Datadog's
});

source.addDestination(datadog);

process.on('SIGTERM', async () => {
  await source.stop(); // flushes all destinations and closes connections
  process.exit(0);
});

// The three lines: what it is doing is shown on the terminal, and it ends with the demo.
setInterval(() => process.send?.(source.stats()), 100);
process.on('exit', () => process.send?.(source.stats()));
process.on('disconnect', () => process.exit());

await source.start();
