import { EventServer, makeEvents } from '@grantex/testing';
import { vi } from 'vitest';
import { EventSource, type GrantexEvent, type NewDeadLetter } from '../../src/index.js';
import { Shown } from './shown.js';
import type { Common, Destination, Subject } from './subjects.js';

const PATIENCE = { timeout: 15_000, interval: 20 };

/** One event stands alone when it is refused for its size, so it becomes a dead letter at once. */
function common(shown: Shown): Common {
  return {
    logger: shown.logger,
    timeoutMs: 5_000,
    batchSize: 1,
    flushIntervalMs: 1,
    retry: { initialMs: 20, maxMs: 20, holdMs: 20 },
  };
}

/** Asks the service, and sends an event by hand; what was shown by that. */
export async function askAt(host: string, { options, create }: Subject): Promise<Shown> {
  const shown = new Shown();
  const destination = create({ ...common(shown), ...options(host) });
  shown.add('the destination before its first use', destination);
  shown.add('the result of check()', await destination.check());
  shown.add('the result of sendTest()', await destination.sendTest());
  shown.add('the destination', destination);
  await destination.close().catch((error: unknown) => shown.add('the error of close()', error));
  return shown;
}

/** Uses it alone: what it throws when it is closed and cannot deliver. */
export async function closeAt(host: string, { options, create }: Subject): Promise<Shown> {
  const shown = new Shown();
  const met = Promise.withResolvers<void>();
  const logger = {
    ...shown.logger,
    warn: (...line: Parameters<Shown['logger']['warn']>) => {
      shown.logger.warn(...line);
      met.resolve();
    },
  };
  const destination = create({ ...common(shown), logger, ...options(host), onDeadLetter: () => met.resolve() });
  const events = makeEvents(2) as unknown as GrantexEvent[];
  await destination.send(events).catch((error: unknown) => shown.add('the error of send()', error));
  await met.promise;
  const closed = await destination.close().catch((error: unknown) => error);
  shown.add('the error of close()', closed);
  return shown;
}

/**
 * A source that delivers there: one event fails in the `transform`, the others meet the service. It is stopped when there is a
 * dead letter and the service has refused something.
 */
export async function deliverTo(host: string, { options, create }: Subject): Promise<Shown> {
  const shown = new Shown();
  await using server = await EventServer.start();
  const letters: NewDeadLetter[] = [];
  const destination: Destination = create({
    ...common(shown),
    ...options(host),
    onDeadLetter: (letter: NewDeadLetter) => void letters.push(letter),
  });
  const { logger } = shown;
  const source = new EventSource({ url: server.url, apiKey: server.key, logger });
  const events = makeEvents(3);
  const transform = (event: GrantexEvent): GrantexEvent => {
    if (event.id === events[0]?.id) throw new Error('not this one');
    return event;
  };
  source.addDestination(destination, { transform });
  const running = source.start().catch((error: unknown) => shown.add('the error of start()', error));
  await server.subscribed(1);
  server.publish(events);
  await vi.waitUntil(() => {
    const stats = source.stats();
    shown.add('stats()', stats);
    const failed = Object.values(stats.destinations).some(({ lastError }) => lastError !== undefined);
    return letters.length === events.length || (letters.length > 0 && failed);
  }, PATIENCE);
  shown.add('the source', source);
  shown.add('what stop() reports', await source.stop({ deadlineMs: 1 }));
  await running;
  shown.add('the destination', destination);
  shown.add('dead letters', letters);
  shown.add('the source, stopped', source);
  return shown;
}
