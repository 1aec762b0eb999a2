import { setInterval as every } from 'node:timers/promises';
import { type ConnectionNews, EventServer } from '@grantex/testing';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { DevServerLog } from './dev-server-log.js';
import { Traffic } from './traffic.js';

export interface DevServerOptions {
  readonly port: number;
  readonly key: string;
  /** Events per second. */
  readonly rate: number;
  /** Events after which nothing more is published; undefined: never. */
  readonly count: number | undefined;
  readonly steady: boolean;
  readonly seed: number;
  /** A connection is cut so often; undefined: never. */
  readonly cutEverySeconds: number | undefined;
  /** Every key is refused. */
  readonly refuse: boolean;
}

/** What a slow reader makes wait in this process at most; beyond it events are lost, as with the real service. */
const MAX_QUEUED_BYTES = 67_108_864;
const MAX_REQUEST_RECORDS = 1_000;
const SUMMARY_MS = 10_000;

/** Serves made-up events until the signal aborts. */
export async function runDevServer(options: DevServerOptions, log: DevServerLog, signal: AbortSignal): Promise<void> {
  const { port, key, rate, steady, seed, count = Infinity } = options;
  await using server = await start(port, key, (news) => log.connection(news, server.connections));
  if (options.refuse) server.refuseNext(Infinity, { status: 401, code: 'UNAUTHORIZED', message: 'Invalid API key' });
  log.listening(server.url, key);
  const traffic = new Traffic({ server, rate, count, steady, seed });
  const summaries = repeat(SUMMARY_MS, signal, () => {
    log.summary({ published: traffic.published, unheard: traffic.unheard, connections: server.connections });
  });
  const { cutEverySeconds } = options;
  const cuts =
    cutEverySeconds === undefined ? undefined : repeat(cutEverySeconds * 1_000, signal, () => server.cut({ count: 1 }));
  await traffic.run(signal);
  if (!signal.aborted) log.ended(traffic.published);
  await Promise.all([summaries, cuts]);
}

async function start(port: number, key: string, onConnection: (news: ConnectionNews) => void): Promise<EventServer> {
  try {
    return await EventServer.start({
      port,
      keys: [key],
      onConnection,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      maxRequestRecords: MAX_REQUEST_RECORDS,
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? 'something listens there already' : message;
    throw new CommandFailure(`port ${port}: ${reason}. Choose another one with --port`, EXIT.unavailable);
  }
}

/** Until the signal aborts. */
async function repeat(ms: number, signal: AbortSignal, task: () => void): Promise<void> {
  try {
    for await (const _ of every(ms, undefined, { signal })) task();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
