/**
 * The least that a Node process can do for the same work: read the stream, find the events, parse each once, and post
 * their texts as JSON arrays over one kept connection, one request at a time. It reads no faster than it can send. It
 * checks nothing, keeps nothing and repeats nothing.
 */
import { connect } from 'node:net';
import { Client } from 'undici';
import { Meter } from './meter.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const { streamUrl, streamKey, events } = settings;
const [destination] = settings.destinations;
if (destination === undefined) throw new Error('the floor needs a destination');
const { url, batchSize, flushIntervalMs = 1_000 } = destination;
/** As much may wait before the stream is read no further. */
const MOST_WAITING = 4 * batchSize + 1_000;

const meter = new Meter(settings);
const client = new Client(new URL(url).origin);
const headers = { 'content-type': 'application/json' };
let waiting: string[] = [];
let sent = 0;
let isPosting = false;
let isDue = false;
let timer: NodeJS.Timeout | undefined;

function post(): void {
  if (isPosting || waiting.length === 0) return;
  if (waiting.length < batchSize && !isDue && sent + waiting.length < events) {
    timer ??= setTimeout(() => {
      isDue = true;
      post();
    }, flushIntervalMs);
    return;
  }
  clearTimeout(timer);
  timer = undefined;
  isDue = false;
  const batch = waiting.slice(0, batchSize);
  waiting = waiting.slice(batchSize);
  isPosting = true;
  client.dispatch(
    { path: '/', method: 'POST', headers, body: `[${batch.join(',')}]` },
    {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: () => onAccepted(batch.length),
      onResponseError(_controller, error) {
        throw error;
      },
    },
  );
}

function onAccepted(count: number): void {
  isPosting = false;
  sent += count;
  if (meter.note(sent)) {
    void meter.report().then(() => process.exit(0));
    return;
  }
  if (waiting.length <= MOST_WAITING) socket.resume();
  post();
}

// The stream is read from the bare socket: the chunks of HTTP are lines of their own, and no line of them begins so.
const { hostname, port } = new URL(streamUrl);
const socket = connect(Number(port), hostname);
socket.write(`GET /v1/events/stream HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${streamKey}\r\n\r\n`);
socket.setEncoding('utf8');
let rest = '';
socket.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const text = line.slice('data: '.length);
    if ((JSON.parse(text) as { id?: string }).id !== undefined) waiting.push(text);
  }
  if (waiting.length > MOST_WAITING) socket.pause();
  post();
});
