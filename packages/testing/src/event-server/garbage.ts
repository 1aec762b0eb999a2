import { makeEvent } from '../events/make-events.js';
import type { TestEvent } from '../events/test-event.js';

/** What a bad day brings. */
export interface Garbage {
  /** Messages that are no events; a client must survive each of them and keep its neighbours. */
  readonly messages: readonly string[];
  /** Correct server-sent events in forms that today's server does not write, with the event that each carries. */
  readonly oddForms: readonly {
    readonly event: TestEvent;
    readonly write: (json: string) => readonly (string | Buffer)[];
  }[];
}

/** Forms from the WHATWG rules; each part is written as an HTTP chunk of its own. */
const FORMS: readonly ((json: string) => readonly (string | Buffer)[])[] = [
  // No space after the colon.
  (json) => [`data:${json}\n\n`],
  // CRLF, and a CRLF that is torn between two chunks.
  (json) => [`data: ${json}\r\n\r\n`],
  (json) => [`data: ${json}\r`, '\n\r', '\n'],
  // Lone CR.
  (json) => [`data: ${json}\r\r`],
  // One event over several data lines: JSON may have a line feed where it has a space.
  (json) => [`data: ${json.slice(0, 1)}\ndata: ${json.slice(1)}\n\n`],
  // Fields that nobody asked for.
  (json) => [`id: 42\nevent: message\nretry: 1000\ndata: ${json}\n\n`],
  (json) => [`: a comment\nunknown: field\nfield-without-colon\ndata: ${json}\n\n`],
  // A frame in pieces, torn inside a character.
  (json) => {
    const bytes = Buffer.from(`data: ${json}\n\n`);
    const middle = bytes.indexOf(0xe2) + 1;
    return [bytes.subarray(0, middle), bytes.subarray(middle)];
  },
  // Two events in one chunk, of which the first is empty and therefore none.
  (json) => [`data\n\ndata: ${json}\n\n`],
];

/** A fresh assortment; its events have ids of their own. */
export function makeGarbage(): Garbage {
  const event = makeEvent();
  return {
    messages: [
      'not json',
      '',
      'null',
      '42',
      '"text"',
      '[]',
      '{}',
      '{"type":"grant.created"}',
      JSON.stringify({ ...event, id: undefined }),
      JSON.stringify({ ...event, type: undefined }),
      JSON.stringify({ ...event, id: 7 }),
      JSON.stringify({ ...event, data: 'text' }),
      JSON.stringify(event).slice(0, -20),
      '{"a":'.repeat(2_000),
    ],
    oddForms: FORMS.map((write) => ({
      event: makeEvent('dpdp.consent.withdrawn', { data: { reason: 'torn – here' } }),
      write,
    })),
  };
}
