import type { EventServer } from '@grantex/testing';
import { between, pause, Weather, type Trouble } from './weather.ts';

const QUIET_MS = [2_000, 8_000] as const;
const DOWN_MS = [300, 3_000] as const;
const REFUSED_CONNECTS = 3;

/** What happens to the stream: cuts, polite ends, half-open connections, refusals, an event server that is away. */
export function streamWeather(server: EventServer, random: () => number): Weather {
  const refusing =
    (status: number): Trouble =>
    async () => {
      const count = 1 + Math.floor(random() * REFUSED_CONNECTS);
      server.refuseNext(count, { status, ...(status === 429 && { headers: { 'retry-after': '1' } }) });
      server.cut();
    };
  return new Weather({
    random,
    quietMs: QUIET_MS,
    troubles: [
      async () => void server.cut(),
      async () => void server.end(),
      async () => server.stall(),
      refusing(429),
      refusing(503),
      async (calm) => {
        await server.down();
        await pause(between(random, DOWN_MS), calm);
        await server.up();
      },
    ],
  });
}
