import { defineDestination, option, type EventDestination, type OptionProblem } from '@grantex/core';
import { expect, test } from 'vitest';

const definition = defineDestination({
  type: 'table',
  options: option.object('Options of a table.', {
    match: option.optional(
      option.record(
        'Values by column.',
        'values by column',
        option.oneOrMore('Values.', 'a value or a list of values', option.scalar('A value.')),
        (match) => ('forbidden' in match ? [{ at: 'forbidden', expected: 'another column', got: 'this one' }] : []),
      ),
    ),
    extra: option.optional(
      option.anything('Anything but 13.', (value) => (value === 13 ? [{ expected: 'another number', got: '13' }] : [])),
    ),
    scalar: option.optional(option.scalar('A value.')),
  }),
  create: (options): EventDestination & { readonly options: unknown } => ({
    name: 'table',
    options,
    send: async () => {},
    flush: async () => {},
    close: async () => {},
  }),
});

test.each([
  ['texts, numbers, flags and null', { scalar: '', match: { a: 'b', n: -0.5, t: true, x: null } }],
  ['lists of values', { match: { a: ['b', 1, false, null] } }],
  ['no values', { match: {} }],
  ['anything', { extra: { deep: [{ er: null }] } }],
])('%s are taken as they are', (_what, settings) => {
  expect(definition.from(settings)).toMatchObject({ options: settings });
});

const SCALAR = 'a text, a number, true, false or null';

test.each([
  ['a map as a value', { scalar: {} }, { option: 'scalar', expected: SCALAR, got: 'an object' }],
  ['no number', { scalar: Number.NaN }, { option: 'scalar', expected: SCALAR, got: 'NaN' }],
  [
    'a text for values by name',
    { match: 'a' },
    { option: 'match', expected: 'values by column', got: 'a text of 1 character' },
  ],
  ['a list for values by name', { match: ['a'] }, { option: 'match', expected: 'values by column', got: 'an array' }],
  [
    'a map by name',
    { match: { a: {} } },
    { option: 'match.a', expected: 'a value or a list of values', got: 'an object' },
  ],
  [
    'an empty list by name',
    { match: { a: [] } },
    { option: 'match.a', expected: 'a value or a list of values', got: 'an array' },
  ],
  [
    'what the rule of all refuses',
    { match: { forbidden: 1 } },
    { option: 'match.forbidden', expected: 'another column', got: 'this one' },
  ],
  ['what the rule of one refuses', { extra: 13 }, { option: 'extra', expected: 'another number', got: '13' }],
] satisfies [string, unknown, OptionProblem][])('%s is refused', (_what, settings, problem) => {
  expect(definition.problems(settings)).toEqual([problem]);
});

test('an editor sees which values are taken', () => {
  expect(definition.jsonSchema()).toMatchObject({
    properties: {
      match: { description: 'Values by column.', type: 'object' },
      extra: { description: 'Anything but 13.' },
      scalar: { description: 'A value.', type: ['string', 'number', 'boolean', 'null'] },
    },
  });
});
