import {
  defineDestination,
  isDestinationDefinition,
  option,
  OptionError,
  type EventDestination,
  type OptionProblem,
  type SchemaIssue,
  type StandardSchema,
} from '@grantex/core';
import { describe, expect, test } from 'vitest';

const SECRET = 'a-secret-that-is-never-shown';

class ListDestination implements EventDestination {
  readonly name = 'list';
  readonly options: unknown;
  constructor(options: unknown) {
    this.options = options;
  }
  async send(): Promise<void> {}
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
}

const listDefinition = defineDestination({
  type: 'list',
  options: option.object('Options of a list.', {
    apiKey: option.secret('The key.'),
    size: option.withDefault(100, option.wholeNumber('How many.', 1, 1_000)),
    mode: option.optional(option.oneOf('How.', ['fast', 'safe'])),
    retry: option.optional(
      option.object('Delays.', { initialMs: option.withDefault(500, option.milliseconds('The first.')) }),
    ),
    tags: option.withDefault([], option.list('Tags.', "['a']", option.text('A tag.'))),
  }),
  create: (options) => new ListDestination(options),
});

function onDeadLetter(): void {}

test('settings become a destination: defaults are filled in, and what the program adds is there', () => {
  const { options } = listDefinition.from({ apiKey: 'key', retry: {} }, { onDeadLetter });
  expect(options).toEqual({ apiKey: 'key', size: 100, retry: { initialMs: 500 }, tags: [], onDeadLetter });
});

test.each([
  [
    'a wrong kind',
    { apiKey: 'k', size: '100' },
    { option: 'size', expected: 'a whole number from 1 to 1000', got: 'a text of 3 characters' },
  ],
  [
    'too large',
    { apiKey: 'k', size: 1_001 },
    { option: 'size', expected: 'a whole number from 1 to 1000', got: '1001' },
  ],
  [
    'no whole number',
    { apiKey: 'k', size: -0.5 },
    { option: 'size', expected: 'a whole number from 1 to 1000', got: '-0.5' },
  ],
  ['missing', {}, { option: 'apiKey', expected: 'a text', got: 'nothing' }],
  ['empty', { apiKey: '' }, { option: 'apiKey', expected: 'a text', got: 'an empty text' }],
  ['null', { apiKey: null }, { option: 'apiKey', expected: 'a text', got: 'null' }],
  [
    'a word of a few',
    { apiKey: 'k', mode: 'quick' },
    { option: 'mode', expected: 'one of fast, safe', got: '"quick"' },
  ],
  [
    'a secret where a word should be',
    { apiKey: 'k', mode: SECRET },
    { option: 'mode', expected: 'one of fast, safe', got: 'a text of 28 characters' },
  ],
  [
    'nested',
    { apiKey: 'k', retry: { initialMs: -1 } },
    { option: 'retry.initialMs', expected: 'milliseconds from 0 to 2147483647', got: '-1' },
  ],
  ['in a list', { apiKey: 'k', tags: ['a', 5] }, { option: 'tags[1]', expected: 'a text', got: '5' }],
  [
    'another case',
    { apiKey: 'k', Size: 1 },
    { option: 'Size', expected: 'a known option', got: 'an unknown one', suggestion: 'size' },
  ],
  [
    'with dashes',
    { apiKey: 'k', 'api-key': SECRET },
    { option: 'api-key', expected: 'a known option', got: 'an unknown one', suggestion: 'apiKey' },
  ],
  [
    'two letters swapped',
    { apiKey: 'k', tgas: [] },
    { option: 'tgas', expected: 'a known option', got: 'an unknown one', suggestion: 'tags' },
  ],
  [
    'nested and unknown',
    { apiKey: 'k', retry: { initial: 5 } },
    { option: 'retry.initial', expected: 'a known option', got: 'an unknown one', suggestion: 'retry.initialMs' },
  ],
  [
    'like none',
    { apiKey: 'k', colour: 'red' },
    { option: 'colour', expected: 'one of apiKey, size, mode, retry, tags', got: 'an unknown one' },
  ],
  [
    'for programs only',
    { apiKey: 'k', logger: {} },
    { option: 'logger', expected: 'one of apiKey, size, mode, retry, tags', got: 'an unknown one' },
  ],
  ['no settings', 'list', { option: '', expected: 'options by name', got: 'a text of 4 characters' }],
] satisfies [string, unknown, OptionProblem][])('%s', (_what, settings, problem) => {
  expect(listDefinition.problems(settings)).toEqual([problem]);
});

test.each([[undefined], [null]])('%s as settings is an empty set of them, as in a file', (settings) => {
  expect(listDefinition.problems(settings)).toEqual([{ option: 'apiKey', expected: 'a text', got: 'nothing' }]);
});

function createWrongly(): unknown {
  return listDefinition.from({ apikey: SECRET, size: SECRET, mode: SECRET, tags: SECRET, retry: 5 });
}

test('one error has all of them, a line each, and no secret', () => {
  expect(createWrongly).toThrow(OptionError);
  expect(createWrongly).toThrow(
    [
      'apiKey: expected a text, got nothing',
      'size: expected a whole number from 1 to 1000, got a text of 28 characters',
      'mode: expected one of fast, safe, got a text of 28 characters',
      'retry: expected options by name, got 5',
      "tags: expected a list such as ['a'], got a text of 28 characters",
      'apikey: expected a known option (did you mean apiKey?), got an unknown one',
    ].join('\n'),
  );
  expect(createWrongly).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', option: 'apiKey' }));
});

test('JSON Schema for editors: what is there, what has to be, the default, and a word about each', () => {
  expect(listDefinition.jsonSchema()).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    description: 'Options of a list.',
    required: ['apiKey'],
    additionalProperties: false,
    properties: {
      apiKey: { type: 'string', description: 'The key.' },
      size: { type: 'integer', minimum: 1, maximum: 1_000, default: 100, description: 'How many.' },
      mode: { enum: ['fast', 'safe'] },
      retry: { properties: { initialMs: { default: 500 } } },
      tags: { type: 'array', items: { type: 'string' } },
    },
  });
});

test('a definition is known by its mark, of whatever copy of this package', () => {
  expect(isDestinationDefinition(listDefinition)).toBe(true);
  expect(isDestinationDefinition({ [Symbol.for('grantex.destination-definition.1')]: true })).toBe(true);
  for (const other of [undefined, null, {}, ListDestination, 'list'])
    expect(isDestinationDefinition(other)).toBe(false);
});

function schemaOf(vendor: string, issue: { message: string; path?: SchemaIssue['path'] }): StandardSchema {
  return { '~standard': { version: 1, vendor, validate: () => ({ issues: [issue] }) } };
}

describe('the schema of another library', () => {
  test.each([
    ['valibot', 'Invalid type: Expected number but received "secret-1"', 'number'],
    ['zod', 'Invalid input: expected number, received string', 'number'],
    ['zod', 'Too big: expected number to be <=5', 'number to be <=5'],
    ['arktype', 'size must be a number (was "secret-1")', 'size must be a number (was "…")'],
  ])('%s: %s', (vendor, message, expected) => {
    const options = schemaOf(vendor, { message, path: ['size'] });
    const definition = defineDestination({ type: 'x', options, create: () => new ListDestination(undefined) });
    expect(definition.problems({ size: 'secret-1' })).toEqual([
      { option: 'size', expected, got: 'a text of 8 characters' },
    ]);
    expect(definition.jsonSchema()).toBeUndefined();
  });

  test('a path of objects, and JSON Schema as the standard has it', () => {
    const jsonSchema = { input: () => ({ type: 'object', properties: { batchSize: {} } }) };
    const described = schemaOf('other', { message: 'odd', path: [{ key: 'a' }, 0, { key: 'b' }] });
    const options: StandardSchema = { '~standard': { ...described['~standard'], jsonSchema } };
    const definition = defineDestination({ type: 'x', options, create: () => new ListDestination(undefined) });
    expect(definition.problems({ a: [{ b: 5 }] })).toEqual([{ option: 'a[0].b', expected: 'odd', got: '5' }]);
    expect(definition.jsonSchema()).toEqual({ type: 'object', properties: { batchSize: {} } });
  });

  test('one that answers later is a mistake of the package', () => {
    const options: StandardSchema = {
      '~standard': { version: 1, vendor: 'other', validate: async () => ({ value: {} }) },
    };
    const definition = defineDestination({ type: 'x', options, create: () => new ListDestination(undefined) });
    expect(() => definition.from({})).toThrow('has to answer at once');
  });
});
