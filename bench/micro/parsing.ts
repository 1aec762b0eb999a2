import { parseEvent } from '../../packages/core/src/events.ts';
import { SseFrames } from '../../packages/core/src/stream/sse-frames.ts';
import type { Task } from '../harness/time-tasks.ts';
import { EVENTS, streamPieces, texts } from './texts.ts';

const pieces = streamPieces();
let frames = 0;

function readFrames(): void {
  const reader = new SseFrames({ onFrame: () => frames++, onOversize: () => {}, onId: () => {} });
  for (const piece of pieces) reader.feed(piece);
}

/** A text that was parsed before is parsed faster, so each call cuts its texts anew. */
const joined = Buffer.from(texts.join('\n'));

function freshTexts(): readonly string[] {
  return joined.toString('utf8').split('\n');
}

export const parsing: readonly Task[] = [
  { name: 'cut texts (part of the next two)', events: EVENTS, run: freshTexts },
  { name: 'JSON.parse', events: EVENTS, run: () => freshTexts().map((text) => JSON.parse(text) as unknown) },
  { name: 'parseEvent', events: EVENTS, run: () => freshTexts().map((text) => parseEvent(text)) },
  { name: 'SseFrames', events: EVENTS, run: readFrames },
];
