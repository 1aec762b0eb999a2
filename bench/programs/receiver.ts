/**
 * Stands in for Datadog: reads every request to its end and answers 202. Forked: it says where it is, takes an order as a
 * message, and tells what came when it is asked.
 */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monotonicMs } from './monotonic.ts';

/** How the receiver behaves from now on; what it has counted is forgotten. */
export interface ReceiverOrder {
  /** Milliseconds between the end of a request and the answer. `never`: requests are read and not answered. */
  readonly answer?: number | 'never';
  /**
   * `nothing`: bodies are thrown away. `events`: they are counted. `latencies`: the time between `data.leftAt` of each
   * event and the end of its request is noted.
   */
  readonly watches?: 'nothing' | 'events' | 'latencies';
}

export interface Received {
  readonly requests: number;
  readonly events: number;
  /** Mean time from the end of a request to its answer, milliseconds: a timer is not exact. NaN without a request. */
  readonly answerMs: number;
  /** Milliseconds, in the order of arrival. */
  readonly latencies: readonly number[];
}

/** In the body of every event once, also where its JSON stands as a text within JSON. */
const MARK = 'createdAt';
const LEFT_AT = /leftAt\\?":([\d.]+)/g;

let order: ReceiverOrder = {};
let requests = 0;
let events = 0;
let answerMs = 0;
let answers = 0;
let latencies: number[] = [];

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  if (order.watches === 'events' || order.watches === 'latencies') {
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
  } else request.resume();
  request.on('end', () => {
    const now = monotonicMs();
    requests++;
    answer(response, now);
    if (chunks.length > 0) look(Buffer.concat(chunks), now);
  });
});

function answer(response: ServerResponse, readAt: number): void {
  const { answer: after = 0 } = order;
  if (after === 'never') return;
  response.writeHead(202, { 'content-type': 'application/json' });
  const end = (): void => {
    answers++;
    answerMs += monotonicMs() - readAt;
    response.end('{}');
  };
  if (after === 0) end();
  else setTimeout(end, after);
}

function look(body: Buffer, now: number): void {
  if (order.watches === 'latencies') {
    for (const [, leftAt] of body.toString('latin1').matchAll(LEFT_AT)) latencies.push(now - Number(leftAt));
    return;
  }
  for (let at = body.indexOf(MARK); at !== -1; at = body.indexOf(MARK, at + MARK.length)) events++;
}

process.on('message', (message: ReceiverOrder | 'tell') => {
  if (message === 'tell') {
    process.send?.({ requests, events, answerMs: answerMs / answers, latencies } satisfies Received);
    return;
  }
  order = message;
  requests = 0;
  events = 0;
  answerMs = 0;
  answers = 0;
  latencies = [];
  // Requests that an earlier run left without an answer hold nothing up.
  server.closeIdleConnections();
  process.send?.('ordered');
});
process.on('disconnect', () => process.exit(0));
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
