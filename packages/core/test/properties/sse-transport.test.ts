import { Dispatcher } from 'undici';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sseTransport } from '../../src/stream/sse-transport.js';
import type { ConnectionEnd, StreamListener } from '../../src/stream/transport.js';
import { cutInto, eventStream, smallPieces } from './stream-arbitraries.js';
import { interpret } from './stream-model.js';

/** The network's place: answers every request with these pieces, at once, as undici's callbacks do. */
class PiecesDispatcher extends Dispatcher {
  readonly #status: number;
  readonly #pieces: readonly Buffer[];

  constructor(status: number, pieces: readonly Buffer[]) {
    super();
    this.#status = status;
    this.#pieces = pieces;
  }

  override dispatch(_options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const controller = new Controller();
    handler.onRequestStart?.(controller, {});
    const contentType = this.#status === 200 ? 'text/event-stream' : 'text/plain';
    handler.onResponseStart?.(controller, this.#status, { 'content-type': contentType });
    for (const piece of this.#pieces) handler.onResponseData?.(controller, piece);
    handler.onResponseEnd?.(controller, {});
    return true;
  }
}

class Controller implements Dispatcher.DispatchController {
  readonly aborted = false;
  readonly paused = false;
  readonly reason = null;
  abort(): void {}
  pause(): void {}
  resume(): void {}
}

async function listen(
  status: number,
  pieces: readonly Buffer[],
): Promise<{ end: ConnectionEnd; frames: string[]; pulses: number }> {
  const frames: string[] = [];
  let pulses = 0;
  const listener: StreamListener = {
    onRequested: () => {},
    onBytes: () => pulses++,
    backpressure: () => undefined,
    onFrame: (text) => frames.push(text),
    onOversize: () => {},
    onId: () => {},
  };
  const request = {
    url: new URL('http://events.test'),
    apiKey: 'key',
    types: undefined,
    lastEventId: undefined,
    signal: new AbortController().signal,
  };
  const transport = sseTransport(new PiecesDispatcher(status, pieces), () => 0);
  return { end: await transport.listen(request, listener), frames, pulses };
}

test('an open stream gives the frames of the standard and a sign of life for every piece', async () => {
  await fc.assert(
    fc.asyncProperty(eventStream, smallPieces, async (stream, sizes) => {
      const pieces = cutInto(stream, sizes);
      const { end, frames, pulses } = await listen(200, pieces);
      expect(frames).toEqual(interpret(stream).frames);
      expect(pulses).toBe(pieces.length);
      expect(end.kind).toBe('ended');
    }),
    { numRuns: 200 },
  );
});

/** As the event server refuses, and as a proxy before it may. */
const refusal = fc.oneof(
  fc
    .record({ code: fc.string(), message: fc.string({ unit: 'binary' }) })
    .map((body) => Buffer.from(JSON.stringify(body))),
  eventStream,
);

test('a refusal is read the same however it is cut, and nothing of it is a frame', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(401, 403, 404, 429, 500, 503),
      refusal,
      smallPieces,
      async (status, body, sizes) => {
        const { end, frames } = await listen(status, cutInto(body, sizes));
        expect(frames).toEqual([]);
        expect(end).toMatchObject({ kind: 'answered', statusCode: status });
        expect(end).toEqual((await listen(status, [body])).end);
      },
    ),
    { numRuns: 200 },
  );
});
