import type { OptionProblem } from '@grantex/core';
import type { FilledIn } from './filled-in-values.js';
import type { Finding, SettingsDocument, SettingsPath } from './settings-document.js';
import type { SettingsProblem } from './settings-problem.js';
import { pathKey, pathOfOption, pathText, valueAt } from './settings-path.js';

/** Problems of options, as findings: `at` is where in the settings the value stands that was checked. */
export function findingsOf(problems: readonly OptionProblem[], value: unknown, at: SettingsPath): Finding[] {
  return withoutEchoes(problems).map(({ option: name, expected, got, suggestion }) => {
    const path = pathOfOption(name, value);
    const wrong = valueAt(value, path);
    return {
      path: [...at, ...path],
      expected,
      got: typeof wrong === 'number' && expected === 'a text' ? 'a number' : got,
      suggestion:
        suggestion === undefined ? hintFor(expected, wrong) : `did you mean ${suggestion.replace(/^.*\./, '')}?`,
    };
  });
}

/** A name that is misspelled is told once: not as a missing one as well, or as none of those that there have to be. */
function withoutEchoes(problems: readonly OptionProblem[]): readonly OptionProblem[] {
  const meant = problems.flatMap(({ suggestion }) => suggestion ?? []);
  return problems.filter(({ option: name, got }) => {
    if (got === 'nothing') return !meant.includes(name);
    return !(got === 'neither' || got === 'none') || !meant.some((each) => each.startsWith(`${name}.`));
  });
}

/** Words that older YAML, and other programs, take for true and false. */
const FLAGS: Readonly<Record<string, boolean>> = { yes: true, on: true, no: false, off: false };

function hintFor(expected: string, wrong: unknown): string | undefined {
  if (expected === 'a text' && (typeof wrong === 'number' || typeof wrong === 'boolean')) return 'put quotes around it';
  const flag = expected === 'true or false' && typeof wrong === 'string' ? FLAGS[wrong.toLowerCase()] : undefined;
  return flag === undefined ? undefined : `write ${flag}`;
}

export interface Source {
  /** As it is to be shown. */
  readonly file: string;
  readonly document: SettingsDocument | undefined;
  readonly filledIn: Pick<FilledIn, 'origins' | 'failed'> | undefined;
}

/** The findings as they are told: with their places, in the order of the file, without a word of what came from outside. */
export function tellFindings(findings: readonly Finding[], { file, document, filledIn }: Source): SettingsProblem[] {
  const told = findings.filter((finding) => !isBecauseOf(finding, findings, filledIn?.failed));
  const places = told.map(({ path, got, place }) => {
    const isName = got === 'an unknown one' || got === 'nothing';
    return place ?? document?.place(path, isName ? 'key' : 'value');
  });
  return told
    .map((finding, index) => {
      const { expected, got, suggestion } = withoutOutsideText(finding, filledIn?.origins);
      const { line, column } = places[index] ?? { line: undefined, column: undefined };
      return { file, line, column, path: pathText(finding.path), expected, got, suggestion };
    })
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}

/** What a schema says of a value that is missing from the environment only repeats what was found before. */
function isBecauseOf(finding: Finding, findings: readonly Finding[], failed: ReadonlySet<string> = new Set()): boolean {
  const first = findings.find(({ path }) => pathKey(path) === pathKey(finding.path));
  return failed.has(pathKey(finding.path)) && first !== finding;
}

/**
 * Values of other options may stand in a message ("because mode is …"), and those of the option itself are shown when they are
 * short words or numbers. Neither is done with what comes from the environment or a file.
 */
function withoutOutsideText(finding: Finding, origins: FilledIn['origins'] = new Map()): Finding {
  // In a module nobody can tell what comes from outside, and ordinary words would be hidden with it.
  const outside = [...origins.values()].filter(({ from, text }) => from !== '' && text.length >= 6);
  const hidden = outside.map(({ text }) => text);
  const hide = (words: string): string => hidden.reduce((shown, text) => shown.replaceAll(text, '…'), words);
  const own = origins.get(pathKey(finding.path));
  const got = own !== undefined && mayShow(finding.got, own.text) ? anotherValue(own.from) : hide(finding.got);
  const { suggestion } = finding;
  const namesIt = own !== undefined && suggestion?.includes(own.text) === true;
  return { ...finding, expected: hide(finding.expected), got, suggestion: namesIt ? undefined : suggestion };
}

function mayShow(got: string, text: string): boolean {
  if (/^("|-?\d|true$|false$)/.test(got)) return true;
  return got
    .split(/[^\p{L}\p{N}]+/u)
    .some((word) => word.length >= 3 && text.toLowerCase().includes(word.toLowerCase()));
}

function anotherValue(from: string): string {
  return from === '' ? 'another value' : `another value, from ${from}`;
}
