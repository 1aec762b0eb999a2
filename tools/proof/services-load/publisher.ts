/** The event server in a process of its own: it publishes at a rate until it is told to stop. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EventServer, eventStream } from '@grantex/testing';
import { eventId } from './event-id.ts';
import type { PublisherCommand, PublisherNews } from './publisher-messages.ts';

const TICK_MS = 10;
const TELL_MS = 100;
/** After a pause of the machine so much is made good at most: a burst is not what is measured. */
const MOST_BEHIND_MS = 500;
/** What may wait for a socket: a reader that is slower holds the publisher up, and the rate that is told shows it. */
const MOST_QUEUED_BYTES = 1_000_000;

const [rate = '', seed = ''] = process.argv.slice(2);
const server = await EventServer.start();
const ending = new AbortController();

process.on('message', (command: PublisherCommand) => {
  if (command.kind === 'publish') void publish().catch(fail);
  else ending.abort();
});
// Whoever wanted the events is gone.
process.on('disconnect', () => process.exit(1));
tell({ kind: 'ready', url: server.url, key: server.key });

async function publish(): Promise<void> {
  const perEvent = 1_000 / Number(rate);
  const stream = eventStream({ seed: Number(seed), now: () => Date.now() });
  await server.subscribed(2, { timeoutMs: 30_000 });
  let published = 0;
  let due = performance.now();
  let toldAt = -Infinity;
  while (!ending.signal.aborted) {
    const now = performance.now();
    due = Math.max(due, now - MOST_BEHIND_MS);
    const group = [];
    const at = Date.now();
    const createdAt = new Date(at).toISOString();
    for (; due <= now; due += perEvent) {
      group.push({ ...stream.next().value, id: eventId(published++, at), createdAt });
    }
    if (group.length > 0) server.publish(group);
    if (now >= toldAt + TELL_MS) {
      tell({ kind: 'published', count: published });
      toldAt = now;
    }
    await sleep(TICK_MS);
    await server.drained({ belowBytes: MOST_QUEUED_BYTES });
  }
  await server.drained();
  tell({ kind: 'ended', count: published });
}

function tell(news: PublisherNews): void {
  process.send?.(news);
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
