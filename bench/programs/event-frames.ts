/** The events of the benchmarks as they are on the wire: each in an HTTP chunk of its own, as the event server sends them. */
import { makeEvents, type TestEvent } from '@grantex/testing';

/** So many different events come in turn, each time with new ids. */
const DIFFERENT_EVENTS = 4_000;
const EVENTS_OF_A_SLAB = 200;
/** Digits of the running number, at the end of an event's id. */
const DIGITS = 9;

interface Slab {
  readonly bytes: Buffer;
  /** Where each event's chunk ends. */
  readonly ends: readonly number[];
  /** Where the running number of each event stands. */
  readonly numbers: readonly number[];
}

/** Events with `createdAt` of now: a service that refuses old events is not to be given any. */
export function benchEvents(count: number): TestEvent[] {
  return makeEvents(count, { now: () => Date.now() });
}

export function chunkOf(json: string): Buffer {
  const frame = Buffer.from(`data: ${json}\n\n`);
  return Buffer.concat([Buffer.from(`${frame.length.toString(16)}\r\n`), frame, Buffer.from('\r\n')]);
}

function slabOf(events: readonly TestEvent[]): Slab {
  const chunks = events.map((event) => chunkOf(JSON.stringify(event)));
  const ends: number[] = [];
  const numbers: number[] = [];
  let start = 0;
  for (const [index, chunk] of chunks.entries()) {
    const id = events[index]?.id ?? '';
    numbers.push(start + chunk.indexOf(id) + id.length - DIGITS);
    start += chunk.length;
    ends.push(start);
  }
  return { bytes: Buffer.concat(chunks), ends, numbers };
}

/** Rendered events that are sent again and again. Only the running number in their ids is written anew, which costs little. */
export class EventFrames {
  readonly #slabs: readonly Slab[];
  #turn = 0;
  #made = 0;

  constructor() {
    const events = benchEvents(DIFFERENT_EVENTS);
    this.#slabs = Array.from({ length: DIFFERENT_EVENTS / EVENTS_OF_A_SLAB }, (_, index) =>
      slabOf(events.slice(index * EVENTS_OF_A_SLAB, (index + 1) * EVENTS_OF_A_SLAB)),
    );
  }

  /** How many pieces there are: one may be written over when as many others came after it. */
  get pieces(): number {
    return this.#slabs.length;
  }

  /** The next piece, of `most` events or fewer. Its bytes are written over later. */
  next(most: number): { readonly bytes: Buffer; readonly events: number } {
    const slab = this.#slabs[this.#turn++ % this.#slabs.length];
    if (slab === undefined) throw new RangeError('there are no events');
    const events = Math.min(most, slab.ends.length);
    for (const place of slab.numbers.slice(0, events)) {
      slab.bytes.write(String(this.#made++).padStart(DIGITS, '0'), place, 'latin1');
    }
    return { bytes: slab.bytes.subarray(0, slab.ends[events - 1]), events };
  }
}
