import type { Agent as HttpAgent } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import { sseTransport } from './sse-transport.js';
import type { StreamTransport, TransportName } from './transport.js';
import { webSocketTransport } from './websocket-transport.js';

/** The transports of these names, one a kind, and what has to be freed with them. */
export function streamTransports(
  names: readonly TransportName[],
  {
    dispatcher,
    agent,
    now,
  }: { readonly dispatcher: Dispatcher | undefined; readonly agent: HttpAgent | undefined; readonly now: () => number },
): { readonly transports: readonly StreamTransport[]; readonly close: () => Promise<void> } {
  // Time-outs are the connection's own: a quiet stream sends no headers for 30 s.
  const own = dispatcher ?? new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 10_000 } });
  const kinds = { sse: sseTransport(own, now), websocket: webSocketTransport({ now, agent }) };
  return {
    transports: names.map((name) => kinds[name]),
    close: async () => {
      if (dispatcher === undefined) await own.destroy();
    },
  };
}
