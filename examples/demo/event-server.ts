// The first of the three processes: publishes events as the Grantex auth service does.
import { setTimeout as sleep } from 'node:timers/promises';
import { EventServer, makeEvents } from '@grantex/testing';
import { endTogether, tell } from './messages.ts';
import { EVENTS, EVENTS_PER_SECOND, WHOLE_MS } from './scenario.ts';

const EVENTS_IN_A_GROUP = 20;
const CUT_AFTER_MS = 100;

endTogether();
// Without events a connection shows only by its keepalives that it is there.
const server = await EventServer.start({ keepaliveMs: 1_000 });
tell({ kind: 'ready', url: server.url, key: server.key });

// The stream has no replay: what is published before somebody listens is gone.
await server.subscribed(1, { timeoutMs: WHOLE_MS });

void cutOne();

const events = makeEvents(EVENTS, { startTime: Date.now(), intervalMs: 1_000 / EVENTS_PER_SECOND });
const startedAt = performance.now();
for (let published = 0; published < EVENTS;) {
  const group = events.slice(published, published + EVENTS_IN_A_GROUP);
  server.publish(group);
  published += group.length;
  tell({ kind: 'emitted', ids: group.map(({ id }) => id), at: Date.now() });
  await sleep(startedAt + (published * 1_000) / EVENTS_PER_SECOND - performance.now());
}
tell({ kind: 'all emitted' });

/** Cuts one of the two connections, soon after both are there. */
async function cutOne(): Promise<void> {
  await server.subscribed(2, { timeoutMs: WHOLE_MS });
  await sleep(CUT_AFTER_MS);
  if (server.cut({ count: 1 }) > 0) tell({ kind: 'cut' });
}
