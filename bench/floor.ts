/**
 * The least that a Node process can do for the same work, in one file: read the stream, split it, parse each event once,
 * and post the texts as JSON arrays, one request at a time. It checks nothing, keeps nothing and repeats nothing.
 */
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Meter, readSettings } from './settings.ts';

const { streamUrl, streamKey, receiverUrl, events, batchSize, parses } = readSettings();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const meter = new Meter(events);
let waiting: string[] = [];
let sent = 0;
let isPosting = false;

function post(): void {
  if (isPosting || (waiting.length < batchSize && sent + waiting.length < events)) return;
  const batch = waiting.splice(0, batchSize);
  if (batch.length === 0) return;
  isPosting = true;
  const headers = { 'content-type': 'application/json' };
  const outgoing = request(receiverUrl, { method: 'POST', agent, headers }, (response) => {
    response.resume();
    response.on('end', () => {
      isPosting = false;
      sent += batch.length;
      if (sent < events) return post();
      meter.finish();
      process.exit(0);
    });
  });
  outgoing.end(`[${batch.join(',')}]`);
}

// The stream is read from the bare socket: the chunks of HTTP are lines of their own, and no line of them begins so.
const { hostname, port } = new URL(streamUrl);
const socket = connect(Number(port), hostname);
socket.write(`GET /v1/events/stream HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${streamKey}\r\n\r\n`);
socket.setEncoding('utf8');
socket.once('data', () => meter.start());
let rest = '';
socket.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const text = line.slice(6);
    if (!parses || (JSON.parse(text) as { id?: string }).id !== undefined) waiting.push(text);
  }
  post();
});
