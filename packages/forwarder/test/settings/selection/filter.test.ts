import { EVENT_TYPES, type GrantexEvent, type OptionProblem } from '@grantex/core';
import { describe, expect, test } from 'vitest';
import { compileFilter, filterOption } from '../../../src/settings/selection/filter.js';
import { checked, eventWith, jsonSchemaOf, problemsOf } from './selecting.js';

function selects(filter: unknown): (event: GrantexEvent) => boolean {
  return compileFilter(checked(filterOption, filter));
}

describe('types', () => {
  test.each([
    ['the type itself', ['grant.created'], 'grant.created', true],
    ['another type', ['grant.created'], 'grant.revoked', false],
    ['a beginning only', ['grant'], 'grant.created', false],
    ['an end only', ['created'], 'grant.created', false],
    ['another case', ['Grant.created'], 'grant.created', false],
    ['a star at the end', ['grant.*'], 'grant.created', true],
    ['a star over dots', ['sso.*'], 'sso.connection.created', true],
    ['a star at the beginning', ['*.created'], 'sso.connection.created', true],
    ['a star in the middle', ['sso.*.created'], 'sso.connection.created', true],
    ['a star for nothing', ['grant.created*'], 'grant.created', true],
    ['a star alone', ['*'], 'anything.at.all', true],
    ['two stars beside each other', ['grant.**'], 'grant.created', true],
    ['several stars', ['*.con*.*ed'], 'sso.connection.created', true],
    ['parts in the wrong order', ['*.created*connection'], 'sso.connection.created', false],
    ['beginning and end that overlap', ['ab*ba'], 'aba', false],
    ['a middle that overlaps the end', ['a*bc*cd'], 'abcd', false],
    ['a part that is there twice', ['*ab*ab'], 'abxab', true],
    ['a dot that is no other character', ['grant.created'], 'grantxcreated', false],
    ['one of several', ['token.issued', 'grant.*'], 'grant.created', true],
    ['kept out', ['!grant.*'], 'grant.created', false],
    ['only others kept out', ['!budget.*', '!token.*'], 'grant.created', true],
    ['let in and kept out', ['grant.*', '!grant.created'], 'grant.created', false],
    ['let in beside one kept out', ['grant.*', '!grant.created'], 'grant.revoked', true],
    ['kept out, in the other order', ['!grant.created', 'grant.*'], 'grant.created', false],
    ['neither let in nor kept out', ['grant.*', '!grant.created'], 'token.issued', false],
  ])('%s: %j and %s', (_what, types, type, expected) => {
    expect(selects({ types })(eventWith({}, type))).toBe(expected);
  });

  test('a type that no catalogue has is selected like any other', () => {
    expect(selects({ types: ['later.*'] })(eventWith({}, 'later.added'))).toBe(true);
  });

  test('a pattern agrees with its plain meaning, whatever it is', () => {
    // Every pattern of up to four characters, and every type of up to five: nothing is left to chance.
    const patterns = wordsOf(['a', 'b', '*'], 4);
    const types = wordsOf(['a', 'b'], 5);
    const wrong = patterns.flatMap((pattern) => {
      const isSelected = selects({ types: [pattern] });
      return types
        .filter((type) => isSelected(eventWith({}, type)) !== meansPlainly(pattern, type))
        .map((type) => [pattern, type]);
    });
    expect(wrong).toEqual([]);
  });

  test('many stars take no long time', () => {
    const isSelected = selects({ types: [`${'*a'.repeat(99)}*b`] });
    const startedAt = performance.now();
    expect(isSelected(eventWith({}, 'a'.repeat(100_000)))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('where', () => {
  const data = {
    agentId: 'agent_1',
    scopes: ['read', 'write'],
    cascade: true,
    pct: 80,
    remaining: '0',
    parent: null,
    nested: { deep: { name: 'x' }, list: [{ id: 1 }, { id: 2 }] },
  };
  test.each([
    ['an equal text', { 'data.agentId': 'agent_1' }, true],
    ['another text', { 'data.agentId': 'agent_2' }, false],
    ['one of a list', { 'data.agentId': ['agent_0', 'agent_1'] }, true],
    ['none of a list', { 'data.agentId': ['agent_0', 'agent_2'] }, false],
    ['an entry of a field that is a list', { 'data.scopes': 'write' }, true],
    ['no entry of it', { 'data.scopes': 'admin' }, false],
    ['an entry that is one of a list', { 'data.scopes': ['admin', 'read'] }, true],
    ['true', { 'data.cascade': true }, true],
    ['false', { 'data.cascade': false }, false],
    ['a number', { 'data.pct': 80 }, true],
    ['a number against a text', { 'data.remaining': 0 }, false],
    ['a text against a number', { 'data.pct': '80' }, false],
    ['null', { 'data.parent': null }, true],
    ['a missing field against null', { 'data.missing': null }, false],
    ['a field of something missing', { 'data.missing.name': 'x' }, false],
    ['a field of null', { 'data.parent.name': null }, false],
    ['a field of a text', { 'data.agentId.length': 7 }, false],
    ['a deep field', { 'data.nested.deep.name': 'x' }, true],
    ['an entry by its index', { 'data.nested.list.1.id': 2 }, true],
    ['an entry that is not there', { 'data.nested.list.2.id': 2 }, false],
    ['the length of a list', { 'data.scopes.length': 2 }, false],
    ['a map against a text', { 'data.nested': '[object Object]' }, false],
    ['what every object inherits', { 'data.toString': null }, false],
    ['the type', { type: 'grant.created' }, true],
    ['the id', { id: ['evt_1'] }, true],
    ['two conditions that hold', { 'data.agentId': 'agent_1', 'data.pct': 80 }, true],
    ['two of which one holds', { 'data.agentId': 'agent_1', 'data.pct': 50 }, false],
  ])('%s: %j', (_what, where, expected) => {
    expect(selects({ where })(eventWith(data))).toBe(expected);
  });

  test('types and conditions have to hold together', () => {
    const isSelected = selects({ types: ['grant.*'], where: { 'data.agentId': 'a' } });
    expect(isSelected(eventWith({ agentId: 'a' }))).toBe(true);
    expect(isSelected(eventWith({ agentId: 'b' }))).toBe(false);
    expect(isSelected(eventWith({ agentId: 'a' }, 'token.issued'))).toBe(false);
  });
});

test('a filter reads only: a frozen event of each type of the catalogue passes through', () => {
  const isSelected = selects({ types: ['*', '!x'], where: { 'data.list': 1, 'data.deep.name': 'x' } });
  const frozen = EVENT_TYPES.map((type) => {
    const event = eventWith({ list: [1], deep: { name: 'x' } }, type);
    Object.freeze(event.data);
    return Object.freeze(event);
  });
  expect(frozen.filter((event) => isSelected(event))).toHaveLength(28);
});

const INSIDE = 'id, type, createdAt, or a path inside data, such as';
const PATTERN = "a type such as grant.created, grant.* or '!budget.*'";
const NAMES = 'names with dots between them, such as data.agentId or data.items.0';
const VALUE = 'a text, a number, true, false, null, or a list of these';

test.each([
  ['nothing', {}, { option: '', expected: 'types, where, or both', got: 'neither' }],
  ['no type', { types: [] }, { option: 'types', expected: 'from 1 to 100 types', got: '0' }],
  ['too many types', { types: Array(101).fill('a') }, { option: 'types', expected: 'from 1 to 100 types', got: '101' }],
  [
    'one type without a list',
    { types: 'grant.*' },
    { option: 'types', expected: "a list such as [grant.*, token.issued, '!budget.*']", got: 'a text of 7 characters' },
  ],
  ['what an unquoted ! leaves', { types: [''] }, { option: 'types[0]', expected: 'a text', got: 'an empty text' }],
  ['a ! alone', { types: ['a', '!'] }, { option: 'types[1]', expected: PATTERN, got: '"!"' }],
  ['two !', { types: ['!!a'] }, { option: 'types[0]', expected: PATTERN, got: '"!!a"' }],
  [
    'another kind of pattern',
    { types: ['grant.{created,revoked}'] },
    { option: 'types[0]', expected: PATTERN, got: '"grant.{created,revoked}"' },
  ],
  ['a long type', { types: ['a'.repeat(201)] }, { option: 'types[0]', expected: 'at most 200 characters', got: '201' }],
  ['no condition', { where: {} }, { option: 'where', expected: 'from 1 to 50 conditions', got: '0' }],
  [
    'a field without data',
    { where: { agentId: 'a' } },
    { option: 'where.agentId', expected: `${INSIDE} data.agentId`, got: '"agentId"' },
  ],
  ['data whole', { where: { data: 'a' } }, { option: 'where.data', expected: `${INSIDE} data.agentId`, got: '"data"' }],
  ['a path from $', { where: { '$.data.a': 'a' } }, { option: 'where.$.data.a', expected: NAMES, got: '"$.data.a"' }],
  ['brackets', { where: { 'data.a[0]': 'a' } }, { option: 'where.data.a[0]', expected: NAMES, got: '"data.a[0]"' }],
  ['an empty name', { where: { 'data..a': 'a' } }, { option: 'where.data..a', expected: NAMES, got: '"data..a"' }],
  [
    'a star',
    { where: { 'data.*.a': 'a' } },
    {
      option: 'where.data.*.a',
      expected: 'a path without *: a field that is a list fits when one of its entries does',
      got: '"data.*.a"',
    },
  ],
  [
    'a prototype',
    { where: { 'data.__proto__.a': 'a' } },
    {
      option: 'where.data.__proto__.a',
      expected: 'a path without __proto__, constructor and prototype',
      got: '"data.__proto__.a"',
    },
  ],
  [
    'a map as a value',
    { where: { 'data.a': { b: 1 } } },
    { option: 'where.data.a', expected: VALUE, got: 'an object' },
  ],
  ['an empty list', { where: { 'data.a': [] } }, { option: 'where.data.a', expected: VALUE, got: 'an array' }],
  [
    'too many values',
    { where: { 'data.a': Array(1_001).fill(1) } },
    { option: 'where.data.a', expected: 'at most 1000 values', got: '1001' },
  ],
  [
    'a misspelled name',
    { type: ['a'], where: { id: 'a' } },
    { option: 'type', expected: 'a known option', got: 'an unknown one', suggestion: 'types' },
  ],
] satisfies [string, unknown, OptionProblem][])('%s is refused', (_what, filter, problem) => {
  expect(problemsOf(filterOption, filter)).toEqual([problem]);
});

test('an editor sees what a filter takes', () => {
  expect(jsonSchemaOf(filterOption)).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: { types: { type: 'array', items: { type: 'string' } }, where: { type: 'object' } },
  });
});

/** All words of one to `length` letters. */
function wordsOf(letters: readonly string[], length: number): string[] {
  let longest = [''];
  const words: string[] = [];
  for (let size = 1; size <= length; size++) {
    longest = longest.flatMap((word) => letters.map((letter) => word + letter));
    words.push(...longest);
  }
  return words;
}

/** What a pattern means, tried out in every way there is. */
function meansPlainly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    return Array.from({ length: text.length + 1 }).some((_, taken) =>
      meansPlainly(pattern.slice(1), text.slice(taken)),
    );
  }
  return text !== '' && pattern[0] === text[0] && meansPlainly(pattern.slice(1), text.slice(1));
}
