import { option } from '@grantex/core';
import { shown } from './path.js';

const MAX_PATTERNS = 100;
const MAX_LENGTH = 200;
const PATTERN = /^!?[\w.*-]+$/;

/** A list of patterns for types of events. */
export const typePatternsOption = option.list(
  'Types of events. `*` stands for any characters, dots included; `!` at the beginning keeps a type out.',
  "[grant.*, token.issued, '!budget.*']",
  option.text('A type such as `grant.created`, or a pattern such as `grant.*`.', (pattern) => {
    if (pattern.length > MAX_LENGTH) {
      return [{ expected: `at most ${MAX_LENGTH} characters`, got: `${pattern.length}` }];
    }
    if (PATTERN.test(pattern)) return [];
    return [{ expected: "a type such as grant.created, grant.* or '!budget.*'", got: shown(pattern) }];
  }),
  ({ length }) => {
    if (length >= 1 && length <= MAX_PATTERNS) return [];
    return [{ expected: `from 1 to ${MAX_PATTERNS} types`, got: `${length}` }];
  },
);

/**
 * Whether a type is meant by a list of patterns: it matches none that begins with `!`, and at least one of the others,
 * if there are others. The order does not matter.
 */
export function compileTypePatterns(patterns: readonly string[]): (type: string) => boolean {
  const excluding = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => compile(pattern.slice(1)));
  const including = patterns.filter((pattern) => !pattern.startsWith('!')).map(compile);
  return (type) =>
    !excluding.some((matches) => matches(type)) &&
    (including.length === 0 || including.some((matches) => matches(type)));
}

/**
 * Takes each part between the stars at its first place behind the one before: there is nothing to go back to, so the time
 * stays small whatever the pattern is.
 */
function compile(pattern: string): (type: string) => boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return (type) => type === pattern;
  const between = rest.filter((part) => part !== '');
  return (type) => {
    const end = type.length - tail.length;
    if (!type.startsWith(head) || !type.endsWith(tail)) return false;
    let place = head.length;
    for (const part of between) {
      const found = type.indexOf(part, place);
      if (found === -1) return false;
      place = found + part.length;
    }
    return place <= end;
  };
}
