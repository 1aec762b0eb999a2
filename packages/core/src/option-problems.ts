import { OptionError, type OptionProblem } from './errors.js';
import { jsonSchemaOf } from './option-schemas.js';
import type { SchemaIssue, StandardSchema } from './standard-schema.js';

/** How a wrong value is shown: its kind and size, never its text, since it may be a secret in the wrong place. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') {
    return value === '' ? 'an empty text' : `a text of ${value.length} character${value.length === 1 ? '' : 's'}`;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export type Checked<Output> = { readonly value: Output } | { readonly problems: readonly OptionProblem[] };

/** Every wrong option at once, in the order in which the schema found them; or what the schema made of the input. */
export function checkWith<Output>(schema: StandardSchema<unknown, Output>, input: unknown): Checked<Output> {
  const result = schema['~standard'].validate(input);
  if (result instanceof Promise) throw new TypeError('the schema of options has to answer at once, not with a promise');
  if (result.issues === undefined) return { value: result.value };
  const problems = new Map<string, OptionProblem>();
  for (const problem of result.issues.flatMap((issue) => problemsFrom(issue, schema, input))) {
    if (!problems.has(problem.option)) problems.set(problem.option, problem);
  }
  return { problems: [...problems.values()] };
}

/** One value, under the option's name. */
export function checkValue<Output>(name: string, schema: StandardSchema<unknown, Output>, value: unknown): Output {
  const checked = checkWith(schema, value);
  if ('value' in checked) return checked.value;
  throw new OptionError(checked.problems.map((problem) => ({ ...problem, option: name + problem.option })));
}

/** The fields of zod's issues that say more than the standard asks for. */
interface DetailedIssue extends SchemaIssue {
  readonly code?: unknown;
  readonly keys?: unknown;
  readonly params?: { readonly got?: unknown };
}

function problemsFrom(issue: DetailedIssue, schema: StandardSchema, input: unknown): OptionProblem[] {
  const path = (issue.path ?? []).map((part) => (typeof part === 'object' ? part.key : part));
  if (issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)) {
    const known = knownNames(schema, path);
    return issue.keys.map((key: unknown) => unknownOption(path, String(key), known));
  }
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
  const got = issue.params?.got;
  return [
    {
      option: optionName(path),
      expected: expectation(issue.message, value, schema['~standard'].vendor),
      got: typeof got === 'string' ? got : (choice(issue.code, value) ?? describe(value)),
    },
  ];
}

/** Our own messages say just what was expected. Those of libraries say it in a sentence, and some add the value. */
function expectation(message: string, value: unknown, vendor: string): string {
  const expected = /^[\w ]+: expected (.+?)(,? (but )?received .*)?$/is.exec(message)?.[1] ?? message;
  const addsValue = vendor !== 'zod' && typeof value === 'string' && value !== '';
  return addsValue ? expected.replaceAll(value, '…') : expected;
}

/** A wrong word where only a few are right is shown, since seeing it helps most; but nothing that is long enough to be a key. */
function choice(code: unknown, value: unknown): string | undefined {
  return code === 'invalid_value' && typeof value === 'string' && /^[\w-]{1,16}$/.test(value)
    ? `"${value}"`
    : undefined;
}

function optionName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

function unknownOption(path: readonly PropertyKey[], name: string, known: readonly string[]): OptionProblem {
  const suggestion = nearest(name, known);
  return {
    option: optionName([...path, name]),
    expected: suggestion === undefined && known.length > 0 ? `one of ${known.join(', ')}` : 'a known option',
    got: 'an unknown one',
    ...(suggestion !== undefined && { suggestion: optionName([...path, suggestion]) }),
  };
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

function knownNames(schema: StandardSchema, path: readonly PropertyKey[]): string[] {
  const root: JsonSchema | undefined = jsonSchemaOf(schema);
  const place = path.reduce<JsonSchema | undefined>(
    (at, key) => (typeof key === 'number' ? at?.items : at?.properties?.[String(key)]),
    root,
  );
  return Object.keys(place?.properties ?? {});
}

/**
 * The known name that may have been meant: the same but for case and dashes, with something more at its end (the unit is
 * often left out), or a few letters off.
 */
function nearest(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  const ranked = known
    .map((candidate) => ({ candidate, far: howFar(given, plain(candidate)) }))
    .toSorted((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

function howFar(given: string, candidate: string): number {
  const isBeginning = given.length >= 3 && candidate.startsWith(given);
  return isBeginning && candidate !== given ? 1 : distance(given, candidate);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** Letters put in, left out, replaced, or in the wrong order beside each other. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(i - 1, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1));
    }
  }
  return at(from.length, to.length);
}
