import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { OptionError, type OptionProblem } from '../errors.js';
import type { NewDeadLetter } from '../journal/journal.js';
import type { Logger } from '../logger.js';
import { checkWith, describe } from '../option-problems.js';
import type { OptionSchema } from '../option-schemas.js';
import type { StandardSchema } from '../standard-schema.js';

/** Options that only a program can give. They stand beside the schema, which is for what a file can hold. */
export interface CodeOptions {
  /** Called with every event that is given up, after it was stored among the dead letters. */
  readonly onDeadLetter?: (letter: NewDeadLetter) => void;
  /** Used when the destination works alone; in a source the source's logger counts. @defaultValue warnings and errors on standard error */
  readonly logger?: Logger;
  /** For tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
  /** An undici dispatcher, in place of `tls` and `proxy`. It is not closed with the destination. */
  readonly dispatcher?: Dispatcher;
  /** A client of the service's own library, where the destination takes one. It is not closed with the destination. */
  readonly client?: object;
  /** Asked for an access token whenever one is needed, where the destination takes one. */
  readonly token?: () => string | Promise<string>;
}

const CODE_OPTIONS: Readonly<Record<keyof CodeOptions, 'function' | 'object'>> = {
  onDeadLetter: 'function',
  logger: 'object',
  clock: 'object',
  dispatcher: 'object',
  client: 'object',
  token: 'function',
};

/** The options that a file can hold. */
export type FileOptions<Options> = Omit<Options, keyof CodeOptions>;

/**
 * What `… satisfies OptionSchemas<MyOptions>` proves: there is a schema for every option that a file can hold and for no
 * other, and each takes what the interface says.
 */
export type OptionSchemas<Options> = {
  readonly [Name in keyof FileOptions<Options>]-?: OptionSchema<unknown, FileOptions<Options>[Name]>;
};

/** Those of the options that a program gave. */
function codeOptionsOf(options: Readonly<Record<string, unknown>>): CodeOptions {
  return Object.fromEntries(
    Object.keys(CODE_OPTIONS).flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}

/**
 * Checks what a constructor was given, fills in defaults, and throws one `OptionError` with everything that is wrong.
 * What comes out can go in again.
 */
export function checkOptions<Output>(schema: StandardSchema<unknown, Output>, options: object): Output & CodeOptions {
  const given: Readonly<Record<string, unknown>> = { ...options };
  const inFile = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== undefined && !Object.hasOwn(CODE_OPTIONS, name)),
  );
  const inCode = codeOptionsOf(given);
  const checked = checkWith(schema, inFile);
  const problems = ['problems' in checked ? checked.problems : [], codeProblems(inCode)].flat();
  if ('problems' in checked || problems.length > 0) throw new OptionError(problems);
  return { ...checked.value, ...inCode };
}

function codeProblems(options: CodeOptions): OptionProblem[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const expected = CODE_OPTIONS[name as keyof CodeOptions];
    if (typeof value === expected && value !== null) return [];
    return [{ option: name, expected: expected === 'object' ? 'an object' : 'a function', got: describe(value) }];
  });
}
