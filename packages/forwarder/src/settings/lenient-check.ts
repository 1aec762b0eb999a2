import { checkOptions, option, OptionError, type OptionProblem, type OptionSchema } from '@grantex/core';
import type { Origin } from './filled-in-values.js';
import type { SettingsPath } from './settings-document.js';
import { pathKey, pathOfOption, replaceAt, valueAt } from './settings-path.js';

/** Everything that is wrong with a value, by options of it. */
export function problemsOf(schema: OptionSchema<unknown>, value: unknown): readonly OptionProblem[] {
  const checked = check(schema, value);
  return 'problems' in checked ? checked.problems : [];
}

type Checked<Output> = { readonly value: Output } | { readonly problems: readonly OptionProblem[] };

/** The value with its defaults, or everything that is wrong with it. */
export function check<Output, Input>(schema: OptionSchema<Output, Input>, value: unknown): Checked<Output> {
  try {
    const checked: object = checkOptions(option.object('', { value: schema }), { value });
    return { value: (checked as { readonly value: Output }).value };
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    return { problems: error.problems.map(withoutPrefix) };
  }
}

function withoutPrefix(problem: OptionProblem): OptionProblem {
  return {
    ...problem,
    option: ownName(problem.option),
    ...(problem.suggestion !== undefined && { suggestion: ownName(problem.suggestion) }),
  };
}

function ownName(name: string): string {
  return name.replace(/^value\.?/, '');
}

/**
 * The environment has texts only. Where one of them is wrong, and is right as the number or the true or false that it
 * looks like, that takes its place. It stays a text wherever a text is right: keys may have digits only.
 */
export function withNumbersFromOutside(
  value: unknown,
  at: SettingsPath,
  origins: ReadonlyMap<string, Origin>,
  problems: (value: unknown) => readonly OptionProblem[],
): unknown {
  const before = problems(value);
  const replaced = before.flatMap(({ option: name, expected }) => {
    const path = pathOfOption(name, value);
    const isFromOutside = origins.has(pathKey([...at, ...path]));
    const meant = isFromOutside ? meaningOf(valueAt(value, path)) : undefined;
    return meant === undefined ? [] : [{ name, path, expected, meant }];
  });
  if (replaced.length === 0) return value;
  const tried = replaced.reduce((result, { path, meant }) => replaceAt(result, path, meant), value);
  const after = new Map(problems(tried).map((problem) => [problem.option, problem.expected]));
  return replaced
    .filter(({ name, expected }) => !after.has(name) || after.get(name) === expected)
    .reduce((result, { path, meant }) => replaceAt(result, path, meant), value);
}

function meaningOf(value: unknown): number | boolean | undefined {
  if (typeof value !== 'string') return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d{1,15}(\.\d{1,6})?$/.test(value) ? Number(value) : undefined;
}
