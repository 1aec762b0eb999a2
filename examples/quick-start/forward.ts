// Forwards the authorization events of a Grantex account to Datadog, until it is told to stop.
import { DatadogDestination, EventSource } from '@grantex/destinations';

const source = new EventSource({
  url: process.env['GRANTEX_URL'] || 'https://api.grantex.dev',
  apiKey: required('GRANTEX_API_KEY', 'your Grantex API key'),
});

const datadog = new DatadogDestination({
  apiKey: required('DD_API_KEY', 'an API key of your Datadog account, not an application key'),
  site: process.env['DD_SITE'] || 'datadoghq.com',
  ...(process.env['DD_ENDPOINT'] && { endpoint: process.env['DD_ENDPOINT'] }),
});

source.addDestination(datadog);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await source.stop(); // delivers what has been received, and closes everything
    process.exit(0);
  });
}

console.log(`Datadog: ${(await datadog.check()).message}`);
console.log('Connecting to the event stream. Ctrl-C ends the program.');
await source.start(); // runs until stop()

function required(name: string, meaning: string): string {
  const value = process.env[name];
  if (value) return value;
  console.error(`${name} is not set. Set it to ${meaning}.`);
  process.exit(1);
}
