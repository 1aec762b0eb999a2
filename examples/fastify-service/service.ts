// A web service that also forwards the events of its Grantex account.
import { DatadogDestination, EventSource, type Logger } from '@grantex/destinations';
import Fastify from 'fastify';
import { eventForwarding } from './event-forwarding.ts';

const { GRANTEX_URL, GRANTEX_API_KEY = '', DD_API_KEY = '', DD_SITE, DD_ENDPOINT, PORT } = process.env;

const fastify = Fastify({ logger: { level: 'warn' } });

// The source's lines go where the service's go.
const logger: Logger = {
  debug: (message, fields) => fastify.log.debug(fields, message),
  info: (message, fields) => fastify.log.info(fields, message),
  warn: (message, fields) => fastify.log.warn(fields, message),
  error: (message, fields) => fastify.log.error(fields, message),
};

const source = new EventSource({ url: GRANTEX_URL || 'https://api.grantex.dev', apiKey: GRANTEX_API_KEY, logger });
source.addDestination(
  new DatadogDestination({
    apiKey: DD_API_KEY,
    site: DD_SITE || 'datadoghq.com',
    ...(DD_ENDPOINT && { endpoint: DD_ENDPOINT }),
  }),
);

await fastify.register(eventForwarding, { source });
fastify.get('/', async () => ({ hello: 'world' })); // what the service is for

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await fastify.close();
    process.exit(0);
  });
}

const address = await fastify.listen({ host: '127.0.0.1', port: Number(PORT ?? 3000) });
console.log(`The service listens at ${address}`);
