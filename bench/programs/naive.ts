/** The same work as one writes it down first: `fetch`, split, parse, collect, `fetch` with what `JSON.stringify` makes. */
import { Meter } from './meter.ts';
import { readSettings } from './settings.ts';

const settings = readSettings();
const [destination] = settings.destinations;
if (destination === undefined) throw new Error('the naive way needs a destination');

const meter = new Meter(settings);
const stream = await fetch(`${settings.streamUrl}/v1/events/stream`, {
  headers: { authorization: `Bearer ${settings.streamKey}` },
});
const decoder = new TextDecoder();
let waiting: unknown[] = [];
let received = 0;
let sent = 0;
let rest = '';
for await (const chunk of stream.body as unknown as AsyncIterable<Uint8Array>) {
  rest += decoder.decode(chunk, { stream: true });
  const frames = rest.split('\n\n');
  rest = frames.pop() ?? '';
  for (const frame of frames) {
    if (!frame.startsWith('data: ')) continue;
    waiting.push(JSON.parse(frame.slice('data: '.length)));
    received++;
    if (waiting.length < destination.batchSize && received < settings.events) continue;
    const events = waiting;
    waiting = [];
    const answer = await fetch(destination.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    });
    await answer.text();
    sent += events.length;
    if (!meter.note(sent)) continue;
    await meter.report();
    process.exit(0);
  }
}
