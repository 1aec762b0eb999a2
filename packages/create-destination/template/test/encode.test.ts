import { deepEqual, equal } from 'node:assert/strict';
import test from 'node:test';
import { makeEvent } from '@grantex/testing';
import type { GrantexEvent } from '@grantex/core';
import { encodeBody, encodeEvent } from '../src/encode.js';

const event = makeEvent('grant.revoked', { data: { grantId: 'grnt_01' } }) as unknown as GrantexEvent;
const options = { source: 'grantex' };

test('an event has the fields that it is searched by, and itself', () => {
  const { id, createdAt } = event;
  deepEqual(JSON.parse(encodeEvent(event, JSON.stringify(event), options)), {
    id,
    type: 'grant.revoked',
    time: createdAt,
    source: 'grantex',
    event,
  });
});

for (const text of ['{"n": 1.0}', '{"big":12345678901234567890}', '{"s":"Zoë \\u2028 \\n 😀"}']) {
  test(`the event's own text goes in to the byte: ${text}`, () => {
    equal(encodeEvent(event, text, options).endsWith(`,"event":${text}}`), true);
  });
}

test('a body is a JSON array of records', () => {
  equal(Buffer.from(encodeBody(['{"a":1}', '{"b":2}'])).toString(), '[{"a":1},{"b":2}]');
});
