import { defineDestination, isDestinationDefinition, type OptionSchema } from '@grantex/core';
import * as destinations from '@grantex/destinations';
import { isRecord } from './settings-path.js';
import {
  connectionsOption,
  journalOption,
  loggingOption,
  metricsOption,
  NAME,
  placementOption,
  serverOption,
  sourceOption,
} from './settings-schema.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * JSON Schema (draft 2020-12) of a file of settings, for editors. The options of our own destinations are known by their
 * `type`; those of other packages are open.
 */
export function settingsJsonSchema(): JsonSchema {
  const definitions = Object.values(destinations as object).filter((value) => isDestinationDefinition(value));
  const types = definitions.map(({ type }) => type);
  const placement = schemaOf(placementOption);
  const own = definitions.map(
    (each) => [`destination-${each.type}`, together(placement, each.jsonSchema() ?? {})] as const,
  );
  const $defs = {
    source: fromOutside(schemaOf(sourceOption)),
    'destination-of-a-package': fromOutside({ ...placement, additionalProperties: true }),
    ...Object.fromEntries(own.map(([name, schema]) => [name, fromOutside(schema)])),
    destination: { type: 'object', required: ['type'], ...byType(types) },
    'from-outside': {
      type: 'string',
      pattern: '\\$\\{|^file:',
      description: 'From the environment: ${NAME} or ${NAME:-default}. From a file: file:/run/secrets/name.',
    },
  };
  const section = (schema: OptionSchema<unknown>): unknown => fromOutside(schemaOf(schema));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Settings of grantex-forwarder',
    type: 'object',
    required: ['sources', 'destinations'],
    additionalProperties: false,
    properties: {
      sources: { ...byName('Event streams by name.'), additionalProperties: { $ref: '#/$defs/source' } },
      journal: section(journalOption),
      connections: section(connectionsOption),
      destinations: {
        ...byName('Destinations by name.'),
        properties: Object.fromEntries(types.map((type) => [type, typeOrName(type)])),
        additionalProperties: { $ref: '#/$defs/destination' },
      },
      server: section(serverOption),
      logging: section(loggingOption),
      metrics: section(metricsOption),
    },
    $defs,
  };
}

/** Without the marks that belong to a schema of its own. */
function schemaOf(options: OptionSchema<unknown>): JsonSchema {
  const definition = defineDestination({ type: 'settings', options, create: notToBeMade });
  const { $schema: _, ...schema } = definition.jsonSchema() ?? {};
  return schema;
}

function notToBeMade(): never {
  throw new TypeError('settings are no destination');
}

/** A destination's own options beside the forwarder's words. Its name is the key. */
function together(placement: JsonSchema, options: JsonSchema): JsonSchema {
  const { $schema: _, properties, ...rest } = options;
  const { name: __, ...own } = properties as Readonly<Record<string, unknown>>;
  return { ...rest, properties: { ...(placement['properties'] as object), ...own } };
}

function byName(description: string): JsonSchema {
  return { type: 'object', description, minProperties: 1, propertyNames: { pattern: NAME.source } };
}

function byType(types: readonly string[]): JsonSchema {
  const mentioned = types.map((type) =>
    conditional([
      ['if', { properties: { type: { const: type } }, required: ['type'] }],
      ['then', { $ref: `#/$defs/destination-${type}` }],
    ]),
  );
  const others = {
    if: { properties: { type: { enum: types } } },
    else: { $ref: '#/$defs/destination-of-a-package' },
  };
  return { properties: { type: { anyOf: [{ enum: types }, { type: 'string' }] } }, allOf: [...mentioned, others] };
}

/** Under one of our names the type may be left out. */
function typeOrName(type: string): JsonSchema {
  return conditional([
    ['if', { type: 'object', required: ['type'] }],
    ['then', { $ref: '#/$defs/destination' }],
    ['else', { $ref: `#/$defs/destination-${type}` }],
  ]);
}

/** Made of entries, since an object literal with a `then` could be taken for a promise. */
function conditional(entries: readonly (readonly ['if' | 'then' | 'else', JsonSchema])[]): JsonSchema {
  return Object.fromEntries(entries);
}

/** Numbers, true and false, and words of a choice may come from the environment: there they are texts. */
function fromOutside(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(fromOutside);
  if (!isRecord(schema)) return schema;
  const { type, enum: choice, description } = schema;
  const isText = type === 'string' && choice === undefined;
  const isSingle = type === 'number' || type === 'integer' || type === 'boolean' || choice !== undefined;
  if (isSingle && !isText) {
    const { description: _, default: initial, ...plain } = schema;
    const shown = {
      ...(description !== undefined && { description }),
      ...(initial !== undefined && { default: initial }),
    };
    return { ...shown, anyOf: [plain, { $ref: '#/$defs/from-outside' }] };
  }
  // Names and defaults are no schemas.
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'default' || key === 'required' || key === 'const') return [key, value] as const;
    if (key !== 'properties') return [key, fromOutside(value)] as const;
    const properties = Object.entries(value as object).map(([name, each]) => [name, fromOutside(each)] as const);
    return [key, Object.fromEntries(properties)] as const;
  });
  return Object.fromEntries(entries);
}
