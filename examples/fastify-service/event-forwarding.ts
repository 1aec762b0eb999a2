// A Fastify plugin: an event source that starts and stops with the service, and a route that says how it is.
import type { EventSource, SourceStats } from '@grantex/destinations';
import type { FastifyPluginAsync } from 'fastify';

/** A quiet stream sends its first byte after up to 30 s, so connecting is no fault before that time. Milliseconds. */
const CONNECTING_MS = 45_000;
/** Below the 30 s that orchestrators usually give a process to end. Milliseconds. */
const STOP_DEADLINE_MS = 20_000;

export const eventForwarding: FastifyPluginAsync<{ readonly source: EventSource }> = async (fastify, { source }) => {
  let startedAt = 0;

  // Not awaited: start() runs until stop(), and Fastify gives a hook 10 s (its option pluginTimeout). Awaiting ready() instead
  // would fail on a quiet stream, which is heard after up to 30 s.
  fastify.addHook('onReady', async () => {
    startedAt = Date.now();
    source.start().catch((error: unknown) => fastify.log.error(error, 'the event stream has ended'));
  });

  // Fastify closes the server first, so the last requests are answered while the source still runs.
  fastify.addHook('onClose', async () => {
    const { remaining } = await source.stop({ deadlineMs: STOP_DEADLINE_MS });
    for (const left of remaining) fastify.log.warn(left, 'not delivered before the end');
  });

  fastify.get('/health/events', async (_request, reply) => {
    const stats = source.stats();
    const { state, received, lostSince, destinations } = stats;
    return reply.code(isHealthy(stats, startedAt) ? 200 : 503).send({ state, received, lostSince, destinations });
  });
};

/** A destination that fails does not count: its events wait in the journal, and a restart would not help. */
function isHealthy({ state, lostSince }: SourceStats, startedAt: number): boolean {
  if (state === 'heard') return true;
  return state === 'connecting' && Date.now() - (lostSince ?? startedAt) < CONNECTING_MS;
}
