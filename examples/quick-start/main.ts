// Forwards the authorization events of a Grantex account to Datadog, until it is told to stop.
import { DatadogDestination, EventSource } from '@grantex/destinations';

const source = new EventSource({
  url: optional('GRANTEX_URL', 'https://api.grantex.dev'),
  apiKey: required('GRANTEX_API_KEY', 'the Grantex API key'),
});

const datadog = new DatadogDestination({
  apiKey: required('DD_API_KEY', 'a Datadog API key (not an application key)'),
  site: optional('DD_SITE', 'datadoghq.com'),
});

source.addDestination(datadog);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await source.stop(); // delivers what has been received, then closes everything
    process.exit(0);
  });
}

await source.start();

function optional(name: string, fallback: string): string {
  return process.env[name] || fallback;
}

function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set. It has to hold ${meaning}.`);
  process.exit(1);
}
