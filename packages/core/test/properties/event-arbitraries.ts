import * as fc from 'fast-check';

/** An envelope whose fields are right, missing, or of any other kind. */
const envelope = fc.record(
  {
    id: fc.oneof(fc.string(), fc.jsonValue()),
    type: fc.oneof(fc.string(), fc.jsonValue()),
    createdAt: fc.oneof(fc.string(), fc.jsonValue()),
    data: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
    ['__proto__']: fc.jsonValue(),
    more: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

const event = fc.record({
  id: fc.string({ minLength: 1 }),
  type: fc.string({ minLength: 1 }),
  createdAt: fc.string(),
  data: fc.dictionary(fc.string(), fc.jsonValue()),
});

/** The text of an event, with every field in order. */
export const eventText: fc.Arbitrary<string> = event.map((value) => JSON.stringify(value));

/** An event but for one field. */
const nearlyEvent = fc
  .tuple(event, fc.constantFrom('id', 'type', 'createdAt', 'data'), fc.oneof(fc.constant(undefined), fc.jsonValue()))
  .map(([value, field, other]) => JSON.stringify({ ...value, [field]: other }));

/** JSON that may be an event, JSON that is none, half of a JSON text, and anything. */
export const frameText: fc.Arbitrary<string> = fc.oneof(
  eventText,
  nearlyEvent,
  envelope.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.tuple(eventText, fc.nat()).map(([text, at]) => text.slice(0, at % text.length)),
  fc.string({ unit: 'binary' }),
);
