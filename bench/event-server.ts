/** Publishes the events at full speed as soon as somebody is subscribed, one event a chunk. */
import { EventServer, makeEvents } from '@grantex/testing';

const events = makeEvents(Number(process.argv[2]));
const server = await EventServer.start({ lateHeaders: false, keepaliveMs: 100 });
process.send?.({ url: server.url, key: server.key });
for (;;) {
  await server.subscribed(1, { timeoutMs: 600_000 });
  for (let start = 0; start < events.length && server.connections > 0; start += 500) {
    server.publish(events.slice(start, start + 500));
    await server.drained({ belowBytes: 2_000_000 });
  }
  while (server.connections > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
