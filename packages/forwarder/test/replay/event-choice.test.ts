import { makeEvent } from '@grantex/testing';
import { expect, test } from 'vitest';
import type { GrantexEvent } from '@grantex/core';
import { chooser, readMoment } from '../../src/replay/event-choice.js';

const at = (createdAt: string, type = 'grant.created') => makeEvent(type, { createdAt }) as GrantexEvent;

test.each([
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01T12:30', '2026-03-01T12:30:00.000Z'],
  ['2026-03-01T12:30:15.5+02:00', '2026-03-01T10:30:15.500Z'],
])('%s', (text, expected) => {
  expect(new Date(readMoment(text) ?? 0).toISOString()).toBe(expected);
});

test.each(['yesterday', '2026-13-01', '03/01/2026', '2026-03-01 12:00', ''])('no time: %s', (text) => {
  expect(readMoment(text)).toBeUndefined();
});

test('since is the first moment, until the first that is too late; a date means the whole day', () => {
  const since = readMoment('2026-03-01');
  const until = readMoment('2026-03-02', { end: true });
  const isChosen = chooser({ types: undefined, since, until });
  expect(isChosen(at('2026-02-28T23:59:59.999Z'))).toBe(false);
  expect(isChosen(at('2026-03-01T00:00:00.000Z'))).toBe(true);
  expect(isChosen(at('2026-03-02T23:59:59.999Z'))).toBe(true);
  expect(isChosen(at('2026-03-03T00:00:00.000Z'))).toBe(false);
  expect(
    chooser({ types: undefined, since, until: readMoment('2026-03-01T12:00:00Z', { end: true }) })(
      at('2026-03-01T12:00:00.000Z'),
    ),
  ).toBe(false);
});

test('an event whose time cannot be read is in every range; its type still counts', () => {
  const isChosen = chooser({ types: ['grant.*', '!grant.revoked'], since: Date.now(), until: undefined });
  expect(isChosen(at('long ago'))).toBe(true);
  expect(isChosen(at('long ago', 'grant.revoked'))).toBe(false);
  expect(isChosen(at('long ago', 'token.issued'))).toBe(false);
});
