// One stream, three destinations: Datadog gets everything, a SIEM the revocations without persons, a file everything for the archive.
import { DatadogDestination, EventSource, FileDestination, HttpDestination } from '@grantex/destinations';
import { isForSecurity, withoutPersons } from './selection.ts';

const { GRANTEX_URL, GRANTEX_API_KEY = '', DD_API_KEY = '', DD_SITE, DD_ENDPOINT } = process.env;
const { SIEM_URL = '', SIEM_TOKEN = '', AUDIT_FILE } = process.env;

const source = new EventSource({ url: GRANTEX_URL || 'https://api.grantex.dev', apiKey: GRANTEX_API_KEY });

source.addDestination(
  new DatadogDestination({
    apiKey: DD_API_KEY,
    site: DD_SITE || 'datadoghq.com',
    ...(DD_ENDPOINT && { endpoint: DD_ENDPOINT }),
  }),
);

source.addDestination(
  new HttpDestination({ name: 'siem', url: SIEM_URL, headers: { authorization: `Bearer ${SIEM_TOKEN}` } }),
  { filter: isForSecurity, transform: withoutPersons },
);

source.addDestination(new FileDestination({ path: AUDIT_FILE || 'audit.ndjson', rotate: 'day', keepFiles: 92 }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await source.stop();
    process.exit(0);
  });
}

await source.start(); // runs until stop()
