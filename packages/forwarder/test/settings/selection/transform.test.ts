// Above 300 lines: tables of every step, and of what is refused.
import { createHmac } from 'node:crypto';
import type { OptionProblem } from '@grantex/core';
import { describe, expect, test } from 'vitest';
import { compileTransform, transformOption } from '../../../src/settings/selection/transform.js';
import { checked, eventWith, jsonSchemaOf, problemsOf } from './selecting.js';

const KEY = 'a key of sixteen or more';

/** The `data` that steps make of these. */
function transformed(steps: unknown, data: unknown): unknown {
  return compileTransform(checked(transformOption, steps))(eventWith(data)).data;
}

function hash(value: unknown, key: string): unknown {
  const redact = { paths: ['data.a'], with: 'hash', key };
  return (transformed([{ redact }], { a: value }) as { readonly a: unknown }).a;
}

function hashOf(text: string): string {
  return createHmac('sha256', KEY).update(text).digest('hex').slice(0, 32);
}

test.each([
  ['a text', { 'data.env': 'prod' }, { a: 1 }, { a: 1, env: 'prod' }],
  ['any JSON', { 'data.env': { list: [1, null, true] } }, {}, { env: { list: [1, null, true] } }],
  ['several values', { 'data.a': 1, 'data.b': 2 }, {}, { a: 1, b: 2 }],
  ['what is there is replaced', { 'data.env': 'prod' }, { env: { old: 1 } }, { env: 'prod' }],
  ['maps on the way are made', { 'data.a.b.c': 1 }, {}, { a: { b: { c: 1 } } }],
  ['maps on the way are kept', { 'data.a.b': 1 }, { a: { c: 2 } }, { a: { c: 2, b: 1 } }],
  ['a text in the way stays', { 'data.a.b': 1 }, { a: 'text' }, { a: 'text' }],
  ['null in the way stays', { 'data.a.b': 1 }, { a: null }, { a: null }],
  ['nothing is made before a text in the way', { 'data.a.b.c': 1 }, { a: { b: 5 } }, { a: { b: 5 } }],
  ['an entry of a list', { 'data.a.1.b': 1 }, { a: [{}, {}] }, { a: [{}, { b: 1 }] }],
  ['a list does not become longer', { 'data.a.2': 1 }, { a: [0, 0] }, { a: [0, 0] }],
  ['a list gets no names', { 'data.a.length': 0, 'data.a.b': 0 }, { a: [1] }, { a: [1] }],
  ['every map of a list', { 'data.a.*.b': 1 }, { a: [{}, 5, { b: 0 }] }, { a: [{ b: 1 }, 5, { b: 1 }] }],
  ['no map of something missing', { 'data.a.*.b': 1 }, {}, {}],
  ['a name that objects inherit', { 'data.toString.x': 1 }, {}, { toString: { x: 1 } }],
])('add: %s', (_what, add, data, expected) => {
  expect(transformed([{ add }], data)).toEqual(expected);
});

test.each([
  ['a field', ['data.a'], { a: 1, b: 2 }, { b: 2 }],
  ['several', ['data.a', 'data.b.c'], { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3 } }],
  ['what is missing', ['data.x', 'data.x.y', 'data.a.y'], { a: 1 }, { a: 1 }],
  ['an entry of a list', ['data.a.0'], { a: [1, 2, 3] }, { a: [2, 3] }],
  ['every entry', ['data.a.*'], { a: [1, 2, 3] }, { a: [] }],
  ['every field', ['data.*'], { a: 1, b: { c: 2 } }, {}],
  ['a field of every entry', ['data.a.*.x'], { a: [{ x: 1, y: 2 }, 3, { x: 4 }] }, { a: [{ y: 2 }, 3, {}] }],
  ['the length of a list', ['data.a.length'], { a: [1] }, { a: [1] }],
  ['a field of what was dropped', ['data.a', 'data.a.b'], { a: { b: 1 } }, {}],
])('drop: %s', (_what, drop, data, expected) => {
  expect(transformed([{ drop }], data)).toEqual(expected);
});

test.each([
  ['a field', { 'data.a': 'data.b' }, { a: 1 }, { b: 1 }],
  ['what is missing', { 'data.x': 'data.b' }, { a: 1, b: 2 }, { a: 1, b: 2 }],
  ['what is at the new path is replaced', { 'data.a': 'data.b' }, { a: 1, b: 2 }, { b: 1 }],
  ['into a new map', { 'data.a': 'data.user.id' }, { a: 1 }, { user: { id: 1 } }],
  ['into itself', { 'data.a': 'data.a.id' }, { a: 1 }, { a: { id: 1 } }],
  ['out of itself', { 'data.a.id': 'data.a' }, { a: { id: 1, x: 2 } }, { a: 1 }],
  ['a text in the way: all stays', { 'data.a': 'data.b.c' }, { a: 1, b: 'text' }, { a: 1, b: 'text' }],
  ['a list without the entry: all stays', { 'data.a.0': 'data.a.1' }, { a: [1, 2] }, { a: [1, 2] }],
  ['out of a list', { 'data.a.0': 'data.first' }, { a: [1, 2] }, { a: [2], first: 1 }],
  ['in every entry', { 'data.a.*.x': 'data.a.*.y.z' }, { a: [{ x: 1 }, {}, 5] }, { a: [{ y: { z: 1 } }, {}, 5] }],
  ['one after the other', { 'data.a': 'data.b', 'data.b': 'data.c' }, { a: 1, b: 2 }, { c: 1 }],
  ['null and false too', { 'data.a': 'data.b', 'data.c': 'data.d' }, { a: null, c: false }, { b: null, d: false }],
])('rename: %s', (_what, rename, data, expected) => {
  expect(transformed([{ rename }], data)).toEqual(expected);
});

test.each([
  ['a text', { paths: ['data.a'] }, { a: 'x', b: 'y' }, { a: '***', b: 'y' }],
  ['said to be masked', { paths: ['data.a'], with: 'mask' }, { a: 'x' }, { a: '***' }],
  ['a map whole', { paths: ['data.a'] }, { a: { b: 1 } }, { a: '***' }],
  ['an empty value', { paths: ['data.a', 'data.b'] }, { a: null, b: '' }, { a: '***', b: '***' }],
  ['what is missing', { paths: ['data.x', 'data.a.b'] }, { a: 'x' }, { a: 'x' }],
  ['every entry', { paths: ['data.a.*'] }, { a: ['x', 'y'] }, { a: ['***', '***'] }],
  [
    'every field, those with odd names too',
    { paths: ['data.*'] },
    JSON.parse('{"__proto__":"x","b":1}'),
    JSON.parse('{"__proto__":"***","b":"***"}'),
  ],
  ['a hashed text', { paths: ['data.a'], with: 'hash', key: KEY }, { a: 'user_1' }, { a: hashOf('user_1') }],
  ['a hashed number', { paths: ['data.a'], with: 'hash', key: KEY }, { a: 5 }, { a: hashOf('5') }],
  [
    'a hashed map',
    { paths: ['data.a'], with: 'hash', key: KEY },
    { a: { z: [1, { y: 2, x: 3 }], b: null } },
    { a: hashOf('{"b":null,"z":[1,{"x":3,"y":2}]}') },
  ],
  [
    'every entry hashed',
    { paths: ['data.a.*'], with: 'hash', key: KEY },
    { a: ['x', 'y'] },
    { a: [hashOf('x'), hashOf('y')] },
  ],
])('redact: %s', (_what, redact, data, expected) => {
  const result = transformed([{ redact }], data);
  expect(JSON.stringify(result)).toBe(JSON.stringify(expected));
});

describe('hashes', () => {
  test('are the beginning of what RFC 4231 has for its test case 2', () => {
    // Its key is too short here. HMAC fills a key up with zeros, so that this is the same key.
    const key = 'Jefe'.padEnd(16, '\0');
    expect(hash('what do ya want for nothing?', key)).toBe('5bdcc146bf60754e6a042426089575c7');
  });

  test('differ for another value and for another key, and are the same again for the same', () => {
    expect(new Set([hash('x', KEY), hash('y', KEY), hash('x', `${KEY}!`), hash('x', KEY)]).size).toBe(3);
  });

  test('do not depend on the order of fields', () => {
    expect(hash({ a: 1, b: { c: 2, d: 3 } }, KEY)).toBe(hash({ b: { d: 3, c: 2 }, a: 1 }, KEY));
  });
});

test('steps are done from top to bottom', () => {
  const steps = [
    { add: { 'data.environment': 'prod', labels: { team: 'a' } } },
    { drop: ['data.email', 'labels.none'] },
    { rename: { 'data.principalId': 'data.userId', 'labels.team': 'team' } },
    { redact: { paths: ['data.userId', 'team'], with: 'hash', key: KEY } },
  ];
  const transform = compileTransform(checked(transformOption, steps));
  expect(transform(eventWith({ email: 'a@example.com', principalId: 'user_1' }))).toEqual({
    id: 'evt_1',
    type: 'grant.created',
    createdAt: '2026-03-01T00:00:00.000Z',
    data: { environment: 'prod', userId: hashOf('user_1') },
    labels: {},
    team: hashOf('a'),
  });
});

test('what is added to one event is not shared with the next', () => {
  const transform = compileTransform(
    checked(transformOption, [{ add: { 'data.labels': { a: 1, b: [1] } } }, { drop: ['data.labels.b.0'] }]),
  );
  expect(transform(eventWith({})).data).toEqual({ labels: { a: 1, b: [] } });
  expect(transform(eventWith({})).data).toEqual({ labels: { a: 1, b: [] } });
});

const INSIDE = 'a path inside data, such as';
const ENVELOPE = 'another field: id, type and createdAt stay as they are';
const PROTOTYPE = 'a path without __proto__, constructor and prototype';
const WHOLE_STAR = '* as a whole name, as in data.items.*.id';
const ENDS_IN_STAR = 'a path that ends in a name, not in *';
const DATA = `${INSIDE} data.agentId (data.* is every field of it)`;
const STEP = 'one of add, drop, rename, redact';
const JSON_VALUE = 'a text, a number, true, false, null, or a list or map of these (1000 at most, 20 levels)';

test.each([
  ['a step without a change', {}, '[0]', STEP, 'none'],
  ['a step with two', { drop: ['data.a'], add: { 'data.b': 1 } }, '[0]', STEP, 'add and drop'],
  ['dropping the id', { drop: ['data.a', 'id'] }, '[0].drop[1]', ENVELOPE, '"id"'],
  ['dropping inside the type', { drop: ['type.a'] }, '[0].drop[0]', ENVELOPE, '"type.a"'],
  ['renaming createdAt', { rename: { createdAt: 'data.at' } }, '[0].rename.createdAt', ENVELOPE, '"createdAt"'],
  ['renaming to the id', { rename: { 'data.a': 'id' } }, '[0].rename.data.a', ENVELOPE, '"id"'],
  ['redacting the type', { redact: { paths: ['type'] } }, '[0].redact.paths[0]', ENVELOPE, '"type"'],
  ['adding an id', { add: { id: 'x' } }, '[0].add.id', ENVELOPE, '"id"'],
  ['dropping data whole', { drop: ['data'] }, '[0].drop[0]', DATA, '"data"'],
  ['replacing data whole', { add: { data: {} } }, '[0].add.data', DATA, '"data"'],
  ['everything', { drop: ['*'] }, '[0].drop[0]', `${INSIDE} data.*`, '"*"'],
  ['a field that no event has', { drop: ['email'] }, '[0]', `${INSIDE} data.email`, '"email"'],
  [
    'redacting a field that no event has',
    { redact: { paths: ['user.email'] } },
    '[0]',
    `${INSIDE} data.user.email`,
    '"user.email"',
  ],
  [
    'a prototype to add to',
    { add: { 'data.__proto__.a': 1 } },
    '[0].add.data.__proto__.a',
    PROTOTYPE,
    '"data.__proto__.a"',
  ],
  [
    'a constructor',
    { rename: { 'data.a': 'data.constructor.b' } },
    '[0].rename.data.a',
    PROTOTYPE,
    '"data.constructor.b"',
  ],
  ['a prototype to drop', { drop: ['data.prototype'] }, '[0].drop[0]', PROTOTYPE, '"data.prototype"'],
  ['half a star', { drop: ['data.user*'] }, '[0].drop[0]', WHOLE_STAR, '"data.user*"'],
  ['adding to a star', { add: { 'data.a.*': 1 } }, '[0].add.data.a.*', ENDS_IN_STAR, '"data.a.*"'],
  ['renaming a star', { rename: { 'data.*': 'data.b' } }, '[0].rename.data.*', ENDS_IN_STAR, '"data.*"'],
  [
    'another star',
    { rename: { 'data.a.*.b': 'data.c.*.b' } },
    '[0].rename.data.a.*.b',
    'a path that begins with data.a.*., as the old one does',
    '"data.c.*.b"',
  ],
  ['a star from nowhere', { rename: { 'data.a': 'data.*.b' } }, '[0].rename.data.a', 'a path without *', '"data.*.b"'],
  ['no paths', { drop: [] }, '[0].drop', 'from 1 to 100 paths', '0'],
  ['nothing to add', { add: {} }, '[0].add', 'from 1 to 100 paths', '0'],
  ['nothing to rename', { rename: {} }, '[0].rename', 'from 1 to 100 paths', '0'],
  ['too many paths', { drop: Array(101).fill('data.a') }, '[0].drop', 'from 1 to 100 paths', '101'],
  [
    'a long path',
    { drop: [`data.${'a'.repeat(500)}`] },
    '[0].drop[0]',
    'a path of at most 500 characters',
    'a text of 505 characters',
  ],
  [
    'a deep path',
    { drop: [`data${'.a'.repeat(20)}`] },
    '[0].drop[0]',
    'a path of at most 20 names',
    `"data${'.a'.repeat(20)}"`,
  ],
  ['no JSON', { add: { 'data.a': new Date() } }, '[0].add.data.a', JSON_VALUE, 'something else'],
  ['what contains itself', { add: { 'data.a': circle() } }, '[0].add.data.a', JSON_VALUE, 'something else'],
  ['too many values', { add: { 'data.a': Array(1_000).fill(0) } }, '[0].add.data.a', JSON_VALUE, 'something else'],
  [
    'a long value',
    { add: { 'data.a': 'a'.repeat(10_000) } },
    '[0].add.data.a',
    'at most 10000 characters of JSON',
    'something else',
  ],
  [
    'a hash without a key',
    { redact: { paths: ['data.a'], with: 'hash' } },
    '[0].redact.key',
    'a key of at least 16 characters',
    'nothing',
  ],
  [
    'a short key',
    { redact: { paths: ['data.a'], with: 'hash', key: 'fifteen letters' } },
    '[0].redact.key',
    'at least 16 characters',
    '15',
  ],
  [
    'a key for a mask',
    { redact: { paths: ['data.a'], with: 'mask', key: KEY } },
    '[0].redact.key',
    'no key, or `with: hash`',
    'a key that nothing uses',
  ],
  [
    'a key without a word',
    { redact: { paths: ['data.a'], key: KEY } },
    '[0].redact.key',
    'no key, or `with: hash`',
    'a key that nothing uses',
  ],
  ['another word', { redact: { paths: ['data.a'], with: 'hide' } }, '[0].redact.with', 'one of mask, hash', '"hide"'],
])('%s is refused', (_what, step, where, expected, got) => {
  expect(problemsOf(transformOption, [step])).toEqual([{ option: where, expected, got } satisfies OptionProblem]);
});

test('a misspelled step is told with what was meant', () => {
  const [problem] = problemsOf(transformOption, [{ redakt: { paths: ['data.a'] } }]);
  expect(problem).toMatchObject({ option: '[0].redakt', suggestion: '[0].redact' });
});

test('a field that a later step adds is not there yet', () => {
  const steps = [{ redact: { paths: ['labels.team'] } }, { add: { 'labels.team': 'a' } }];
  expect(problemsOf(transformOption, steps)).toEqual([
    { option: '[0]', expected: `${INSIDE} data.labels.team`, got: '"labels.team"' },
  ]);
});

test('too many steps are refused', () => {
  expect(
    problemsOf(
      transformOption,
      Array.from({ length: 101 }, () => ({ drop: ['data.a'] })),
    ),
  ).toEqual([{ option: '', expected: 'at most 100 steps', got: '101' }]);
});

test('no message shows a key or a value', () => {
  const secret = 'a-secret-key';
  const steps = [
    { redact: { paths: ['data.a'], with: 'hash', key: secret } },
    { add: { 'data.a': new Set([secret]) } },
  ];
  const told = JSON.stringify(problemsOf(transformOption, steps));
  expect(told).toContain('redact.key');
  expect(told).not.toContain(secret);
});

test('an editor sees the steps', () => {
  expect(jsonSchemaOf(transformOption)).toMatchObject({
    type: 'array',
    items: { type: 'object', additionalProperties: false, properties: { add: {}, drop: {}, rename: {}, redact: {} } },
  });
});

function circle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
