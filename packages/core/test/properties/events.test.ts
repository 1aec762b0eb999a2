import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseEvent } from '../../src/events.js';
import { EventRecord } from '../../src/journal/event-record.js';
import { eventText, frameText } from './event-arbitraries.js';

const RUNS = { numRuns: 300 };
/** Every reason there is. None of them can hold a part of the frame. */
const REASON =
  /^(not JSON|expected an object, got (null|an array|a string|a number|a boolean)|no (id|type|createdAt|data))$/;

test('a text that is no event has one of the reasons, and no text makes it throw', () => {
  fc.assert(
    fc.property(frameText, (text) => {
      const parsed = parseEvent(text);
      fc.pre('reason' in parsed);
      expect(Object.keys(parsed)).toEqual(['reason']);
      expect(parsed.reason).toMatch(REASON);
    }),
    RUNS,
  );
});

test('what is taken for an event is what came, with every field of the envelope', () => {
  fc.assert(
    fc.property(frameText, (text) => {
      const parsed = parseEvent(text);
      fc.pre('event' in parsed);
      const { event } = parsed;
      expect(event).toEqual(JSON.parse(text));
      expect([typeof event.id, typeof event.type, typeof event.createdAt, typeof event.data]).toEqual([
        'string',
        'string',
        'string',
        'object',
      ]);
      expect([event.id, event.type, event.data]).not.toContain('');
      expect(event.data).not.toBeNull();
    }),
    RUNS,
  );
});

test('a text with all fields of the envelope is an event', () => {
  fc.assert(
    fc.property(eventText, (text) => {
      expect(parseEvent(text)).toEqual({ event: JSON.parse(text) });
    }),
    RUNS,
  );
});

test('a record gives the event of its text, again after it was let go, and a copy that is nobody else’s', () => {
  fc.assert(
    fc.property(eventText, (text) => {
      const record = new EventRecord('evt_1', text);
      const { event } = record;
      expect(event).toEqual(JSON.parse(text));
      expect(record.event).toBe(event);
      expect(record.copy()).toEqual(event);
      expect(record.copy()).not.toBe(event);
      record.dropParsed();
      expect(record.event).toEqual(event);
      expect(record.text).toBe(text);
    }),
    RUNS,
  );
});

test('a record whose text is no event says so, and says whose it is', () => {
  fc.assert(
    fc.property(frameText, (text) => {
      const parsed = parseEvent(text);
      fc.pre('reason' in parsed);
      const record = new EventRecord('evt_1', text);
      for (const read of [() => record.event, () => record.copy()]) {
        expect(read).toThrow(/^the journal's text of evt_1 is no event: /);
      }
    }),
    RUNS,
  );
});
