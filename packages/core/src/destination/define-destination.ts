import { OptionError, type OptionProblem } from '../errors.js';
import { checkWith } from '../option-problems.js';
import { jsonSchemaOf } from '../option-schemas.js';
import type { StandardSchema } from '../standard-schema.js';
import type { EventDestination } from './destination.js';
import type { CodeOptions } from './file-options.js';

/** The mark of a definition, in the registry of symbols: the program that looks for it may have another copy of this package. */
const definition: unique symbol = Symbol.for('grantex.destination-definition.1') as never;

/** What a destination package declares about its destination. */
export interface Declaration<Input, Output, Destination extends EventDestination> {
  /** The short name in a file of settings, e.g. `datadog`. */
  readonly type: string;
  /** The options that a file can hold: a Standard Schema of any library. */
  readonly options: StandardSchema<Input, Output>;
  /** Gets what the schema made of the settings, and what the program adds. */
  create(options: Output & CodeOptions): Destination;
}

/** How programs make a destination of settings that they know nothing about: of a file, a form, a database. */
export interface DestinationDefinition<
  Input = unknown,
  Destination extends EventDestination = EventDestination,
  Output = Input,
> extends Declaration<Input, Output, Destination> {
  readonly [definition]: true;
  /** Everything that is wrong with these settings; empty when nothing is. Opens no file and no connection. */
  problems(settings: unknown): readonly OptionProblem[];
  /** Checks the settings and creates the destination. Throws one `OptionError` with everything that is wrong. */
  from(settings: unknown, inCode?: CodeOptions): Destination;
  /** For editors: JSON Schema, draft 2020-12, of the settings. Undefined when the schema's library has none. */
  jsonSchema(): Readonly<Record<string, unknown>> | undefined;
}

/** Declares a destination, so that programs can make it from settings. */
export function defineDestination<Input, Output, Destination extends EventDestination>(
  declaration: Declaration<Input, Output, Destination>,
): DestinationDefinition<Input, Destination, Output> {
  const { options } = declaration;
  const check = (settings: unknown): ReturnType<typeof checkWith<Output>> => checkWith(options, settings ?? {});
  return {
    ...declaration,
    [definition]: true,
    problems(settings) {
      const checked = check(settings);
      return 'problems' in checked ? checked.problems : [];
    },
    from(settings, inCode = {}) {
      const checked = check(settings);
      if ('problems' in checked) throw new OptionError(checked.problems);
      return declaration.create({ ...checked.value, ...inCode });
    },
    jsonSchema: () => jsonSchemaOf(options),
  };
}

/** Whether a package's export is a definition, made with this copy of the function or another. */
export function isDestinationDefinition(value: unknown): value is DestinationDefinition {
  return typeof value === 'object' && value !== null && (value as { [definition]?: unknown })[definition] === true;
}
