import { defineDestination, type GrantexEvent, type OptionProblem, type OptionSchema } from '@grantex/core';

/** What is wrong with a value of an option, as a file of settings is told. */
export function problemsOf(schema: OptionSchema<unknown>, value: unknown): readonly OptionProblem[] {
  return definitionOf(schema).problems(value);
}

export function jsonSchemaOf(schema: OptionSchema<unknown>): unknown {
  return definitionOf(schema).jsonSchema();
}

/** The value as the schema hands it on; throws when it is wrong. */
export function checked<Output>(schema: OptionSchema<Output, unknown>, value: unknown): Output {
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise || result.issues !== undefined)
    throw new Error(JSON.stringify(problemsOf(schema, value)));
  return result.value;
}

/** An event with these data. */
export function eventWith(data: unknown, type = 'grant.created'): GrantexEvent {
  const event = { id: 'evt_1', type, createdAt: '2026-03-01T00:00:00.000Z', data };
  return JSON.parse(JSON.stringify(event)) as GrantexEvent;
}

function definitionOf(options: OptionSchema<unknown>): ReturnType<typeof defineDestination> {
  return defineDestination({
    type: 'selection',
    options,
    create: () => {
      throw new Error('never asked for');
    },
  });
}
