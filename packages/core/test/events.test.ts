import {
  EVENT_TYPES,
  isKnownEvent,
  type EventOf,
  type EventType,
  type GrantexEvent,
  type UnknownEvent,
} from '@grantex/core';
import { EVENT_TYPES as SERVED_TYPES, makeEvents } from '@grantex/testing';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { eventOutsideCatalogue, parseEvent } from '../src/events.js';

/** Section 5 of the event server's contract. */
const CATALOGUE = [
  'grant.created',
  'grant.revoked',
  'token.issued',
  'budget.threshold',
  'budget.exhausted',
  'fido.registered',
  'fido.assertion',
  'vc.issued',
  'sd-jwt.issued',
  'sd-jwt.presented',
  'passport.issued',
  'passport.revoked',
  'passport.token-exchange',
  'sso.login',
  'sso.connection.created',
  'sso.connection.updated',
  'sso.connection.deleted',
  'vault.credential.stored',
  'vault.credential.deleted',
  'vault.credential.exchanged',
  'consent_bundle.created',
  'consent_bundle.synced',
  'consent_bundle.revoked',
  'dpdp.consent.created',
  'dpdp.consent.withdrawn',
  'dpdp.grievance.filed',
  'dpdp.erasure.completed',
  'anomaly.auto_revoked',
];

const event: UnknownEvent = { id: 'evt_1', type: 'grant.revoked', createdAt: '2026-03-01T12:00:00.000Z', data: {} };

function text(overrides: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...event, ...overrides });
}

test('the catalogue has the 28 types of the contract, and the test server sends the same', () => {
  expect(EVENT_TYPES).toHaveLength(28);
  expect(EVENT_TYPES.toSorted()).toEqual(CATALOGUE.toSorted());
  expect([...SERVED_TYPES].toSorted()).toEqual(CATALOGUE.toSorted());
});

describe('parsing', () => {
  test('events of every type are events, and come back as they were', () => {
    const events = makeEvents(200);
    expect(new Set(events.map(({ type }) => type)).size).toBe(28);
    for (const made of events) expect(parseEvent(JSON.stringify(made))).toEqual({ event: made });
  });

  test.each([
    { name: 'an unknown type', overrides: { type: 'something.new' } },
    { name: 'an id of another form', overrides: { id: '7' } },
    { name: 'more fields in the envelope', overrides: { version: 2 } },
    { name: 'more fields in the data', overrides: { data: { grantId: 'g', more: [1] } } },
    { name: 'text of all scripts', overrides: { data: { reason: '日本 👍 \u2028' } } },
  ])('$name: an event all the same', ({ overrides }) => {
    expect(parseEvent(text(overrides))).toEqual({ event: { ...event, ...overrides } });
  });

  test.each([
    ['', 'not JSON'],
    ['not json', 'not JSON'],
    ['{"id":', 'not JSON'],
    [`${text()}${text()}`, 'not JSON'],
    ['['.repeat(100_000), 'not JSON'],
    ['null', 'expected an object, got null'],
    ['[]', 'expected an object, got an array'],
    ['"text"', 'expected an object, got a string'],
    ['7', 'expected an object, got a number'],
    ['false', 'expected an object, got a boolean'],
    ['{}', 'no id'],
    [text({ id: '' }), 'no id'],
    [text({ id: 5 }), 'no id'],
    [text({ id: null }), 'no id'],
    [text({ type: undefined }), 'no type'],
    [text({ type: '' }), 'no type'],
    [text({ type: ['grant.created'] }), 'no type'],
    [text({ createdAt: undefined }), 'no createdAt'],
    [text({ createdAt: 1_772_366_400_000 }), 'no createdAt'],
    [text({ data: undefined }), 'no data'],
    [text({ data: null }), 'no data'],
    [text({ data: 'text' }), 'no data'],
  ])('%.40s is no event: %s', (frame, reason) => {
    expect(parseEvent(frame)).toEqual({ reason });
  });

  test('a reason never shows what was in the frame: that may be personal data', () => {
    expect(JSON.stringify(parseEvent('{"id":7,"data":{"email":"zoe@example.com"}}'))).not.toContain('zoe');
  });
});

describe('the guard', () => {
  test.each(CATALOGUE)('%s is known', (type) => {
    expect(isKnownEvent({ ...event, type })).toBe(true);
  });

  test.each(['grantex.test', 'Grant.created', 'grant.created ', '', 'toString', '__proto__', 'constructor'])(
    '"%s" is not',
    (type) => {
      expect(isKnownEvent({ ...event, type })).toBe(false);
    },
  );

  test('an event of our own making, of a type outside the catalogue, is passed through as it is', () => {
    const own = { ...event, type: 'grantex.test' };
    expect(eventOutsideCatalogue(own)).toBe(own);
  });
});

describe('types', () => {
  test('the type narrows the data', () => {
    expect(grantOf({ ...event, type: 'grant.created', data: { grantId: 'g' } } as GrantexEvent)).toBe('g');
    expect(grantOf({ ...event, type: 'passport.revoked', data: {} } as GrantexEvent)).toBeUndefined();
  });

  test('the union is closed: a type that is not in the catalogue does not compile', () => {
    const one = event as GrantexEvent;
    // @ts-expect-error: no such type
    expect(one.type === 'grant.deleted').toBe(false);
    expectTypeOf<GrantexEvent['type']>().toEqualTypeOf<EventType>();
    expectTypeOf<string>().not.toExtend<EventType>();
    expectTypeOf<EventOf<'grant.revoked'>['data']>().toEqualTypeOf<{ grantId: string; cascade: boolean }>();
  });

  test('a switch over all types is exhaustive', () => {
    expectTypeOf<Exclude<GrantexEvent['type'], (typeof EVENT_TYPES)[number]>>().toEqualTypeOf<never>();
  });

  test('the guard takes both, and narrows to the union', () => {
    expectTypeOf(isKnownEvent).parameter(0).toEqualTypeOf<GrantexEvent | UnknownEvent>();
    expectTypeOf(isKnownEvent).guards.toEqualTypeOf<GrantexEvent>();
  });
});

/** Compiles only because the type narrows the data. */
function grantOf(one: GrantexEvent): string | undefined {
  if (one.type === 'grant.created') {
    expectTypeOf(one.data.scopes).toEqualTypeOf<string[]>();
    expectTypeOf(one.data.delegationDepth).toEqualTypeOf<number | undefined>();
    return one.data.grantId;
  }
  if (one.type === 'sso.login') {
    expectTypeOf(one.data.protocol).toEqualTypeOf<'oidc' | 'saml' | 'ldap'>();
    expectTypeOf(one.data.email).toEqualTypeOf<string | null>();
  }
  // @ts-expect-error: not every event has a grant
  void one.data.grantId;
  return undefined;
}
