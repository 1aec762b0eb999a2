// Two destinations of one's own on one stream.
import { EventSource } from '@grantex/core';
import { AcmeDestination } from './acme-destination.ts';
import { RevocationAlerts } from './revocation-alerts.ts';

const { GRANTEX_URL, GRANTEX_API_KEY = '', CHAT_URL = '', ACME_URL = '', ACME_TOKEN = '' } = process.env;

const source = new EventSource({ url: GRANTEX_URL || 'https://api.grantex.dev', apiKey: GRANTEX_API_KEY });

source.addDestination(new RevocationAlerts(CHAT_URL));

source.addDestination(
  new AcmeDestination({
    url: ACME_URL,
    token: ACME_TOKEN,
    onDeadLetter: ({ eventId, reason }) => console.log(`Dead letter: ${eventId}, ${reason}`),
  }),
);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await source.stop();
    process.exit(0);
  });
}

await source.start(); // runs until stop()
