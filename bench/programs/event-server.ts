/**
 * An event server that costs as little as possible: the wire of the real one, one event an HTTP chunk, written to the
 * bare socket. `node event-server.ts [events]`, forked: it says where it is, and takes an order as a message.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './monotonic.ts';
import { benchEvents, chunkOf, EventFrames } from './event-frames.ts';

/** What the next client gets. */
export interface StreamOrder {
  readonly events: number;
  /** After so many the stream waits until it is told to go on: what was read ahead would not be measured. */
  readonly warmUp?: number;
  /** Absent: at full speed. */
  readonly perSecond?: number;
  /** Whether each event bears the moment in which it leaves, which costs this process much. Needs `perSecond`. */
  readonly bearsMoment?: boolean;
}

const KEY = 'gx_test_0123456789abcdef';
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
/** Wide enough that a reader never waits, and small enough that what it has not read is no matter of this process's memory. */
const PIECES_UNDER_WAY = 4;

let order: StreamOrder = { events: Number(process.argv[2] ?? 0) };
let goingOn: PromiseWithResolvers<void> | undefined;
const frames = new EventFrames();

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {}); // The client went away, and 'close' follows.
  socket.once('data', () => {
    socket.write(HEAD);
    void send(socket, order);
  });
});

async function send(socket: Socket, { events, warmUp = 0, perSecond, bearsMoment }: StreamOrder): Promise<void> {
  if (perSecond !== undefined && bearsMoment === true) {
    await sendWithMoment(socket, events, perSecond);
    return;
  }
  const { promise } = (goingOn = Promise.withResolvers<void>());
  if (warmUp > 0) {
    await sendPieces(socket, warmUp, perSecond);
    await promise;
  }
  await sendPieces(socket, events - warmUp, perSecond);
}

async function sendPieces(socket: Socket, events: number, perSecond = Infinity): Promise<void> {
  const underWay: Promise<void>[] = [];
  const from = performance.now();
  for (let sent = 0; sent < events && !socket.destroyed;) {
    while (sent > ((performance.now() - from) * perSecond) / 1_000) await sleep(1);
    const piece = frames.next(events - sent);
    sent += piece.events;
    underWay.push(new Promise((resolve) => socket.write(piece.bytes, () => resolve())));
    if (underWay.length >= PIECES_UNDER_WAY) await underWay.shift();
  }
}

/** The moment in which an event leaves is in `data.leftAt`: milliseconds of the machine's monotonic clock. */
async function sendWithMoment(socket: Socket, events: number, perSecond: number): Promise<void> {
  const made = benchEvents(events);
  const from = performance.now();
  for (let sent = 0; sent < events && !socket.destroyed; await sleep(1)) {
    const due = Math.min(events, Math.floor(((performance.now() - from) * perSecond) / 1_000));
    const leaving = made.slice(sent, due);
    sent += leaving.length;
    const chunks = leaving.map((event) =>
      chunkOf(JSON.stringify({ ...event, data: { ...event.data, leftAt: monotonicMs() } })),
    );
    if (chunks.length > 0) socket.write(Buffer.concat(chunks));
  }
}

process.on('message', (message: StreamOrder | 'go on') => {
  if (message === 'go on') goingOn?.resolve();
  else order = message;
  process.send?.('ordered');
});
process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: KEY });
