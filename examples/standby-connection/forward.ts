// Two connections, so that a cut of one loses nothing, and a journal on the disk, so that a crash loses nothing that was received.
import { EventSource, HttpDestination } from '@grantex/destinations';
import { SqliteJournal } from '@grantex/journal-sqlite';

const { GRANTEX_URL, GRANTEX_API_KEY = '', JOURNAL, COLLECTOR_URL = '', COLLECTOR_TOKEN = '' } = process.env;

const source = new EventSource({
  url: GRANTEX_URL || 'https://api.grantex.dev',
  apiKey: GRANTEX_API_KEY,
  connections: 2, // both hear every event; what comes twice is dropped by its id
  transport: ['sse', 'websocket'], // one of each: what breaks the one may spare the other
  journal: new SqliteJournal({ path: JOURNAL || 'grantex-journal.db' }),
  gapEvents: true, // the destinations are told of a time in which nobody listened, as an event
});

source.addDestination(
  new HttpDestination({ url: COLLECTOR_URL, headers: { authorization: `Bearer ${COLLECTOR_TOKEN}` } }),
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await source.stop(); // what is left waits in the journal for the next start
    process.exit(0);
  });
}

await source.start(); // runs until stop()
