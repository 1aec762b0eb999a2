import * as z from 'zod/mini';
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.js';

/**
 * The vocabulary in which options are described: a schema of each gives the check, the default, the message and the JSON
 * Schema. `about` is what an editor shows beside the option in a file.
 *
 * Underneath is zod, built into this package (`tsup.config.ts` says why); outside it is a Standard Schema.
 */
export type OptionSchema<Output, Input = Output> = StandardSchema<Input, Output>;

/** What is wrong with a value that has the right type. Holds no value that may be a secret. */
export interface Complaint {
  /** Where, inside the value: the name of a nested option, the number of an entry. */
  readonly at?: string | number;
  readonly expected: string;
  readonly got: string;
}

/** A check that no schema can express. */
export type Rule<Value> = (value: Value) => readonly Complaint[];

/** The options of an object, by name. */
export type OptionShape = Readonly<Record<string, OptionSchema<unknown>>>;

type IfOptional<Name, Type> = undefined extends Type ? Name : never;
type IfRequired<Name, Type> = undefined extends Type ? never : Name;

/** What the schemas of a shape make of their options. */
export type ShapeOutput<Shape extends OptionShape> = {
  readonly [Name in keyof Shape as IfRequired<Name, OutputOf<Shape[Name]>>]: OutputOf<Shape[Name]>;
} & {
  readonly [Name in keyof Shape as IfOptional<Name, OutputOf<Shape[Name]>>]?: Exclude<OutputOf<Shape[Name]>, undefined>;
};

/** What the schemas of a shape take. */
export type ShapeInput<Shape extends OptionShape> = {
  readonly [Name in keyof Shape as IfRequired<Name, InputOf<Shape[Name]>>]: InputOf<Shape[Name]>;
} & {
  readonly [Name in keyof Shape as IfOptional<Name, InputOf<Shape[Name]>>]?: Exclude<InputOf<Shape[Name]>, undefined>;
};

const TEXT = 'a text';

function text(about: string, rule?: Rule<string>): OptionSchema<string> {
  return finish(z.string({ error: TEXT }).check(z.minLength(1, { error: TEXT, abort: true })), about, rule);
}

/** A secret that travels in an HTTP header: visible ASCII without white space. */
function secret(about: string, rule: Rule<string> = () => []): OptionSchema<string> {
  return text(about, (value) => {
    if (/^[\x21-\x7e]+$/.test(value)) return rule(value);
    const got = value.trim() === value ? 'other characters in it' : 'white space around it';
    return [{ expected: 'visible ASCII characters without white space', got }];
  });
}

function wholeNumber(about: string, least: number, most: number): OptionSchema<number> {
  const error = `a whole number from ${least} to ${most}`;
  return finish(z.int({ error }).check(z.minimum(least, { error }), z.maximum(most, { error })), about);
}

/** A duration. `most` is at most the longest delay of a platform timer, 2^31 − 1. */
function milliseconds(about: string, least = 0, most = 2 ** 31 - 1): OptionSchema<number> {
  const error = `milliseconds from ${least} to ${most}`;
  return finish(z.number({ error }).check(z.minimum(least, { error }), z.maximum(most, { error })), about);
}

function flag(about: string): OptionSchema<boolean> {
  return finish(z.boolean({ error: 'true or false' }), about);
}

function oneOf<const Value extends string>(about: string, values: readonly Value[]): OptionSchema<Value> {
  return finish(z.enum(values, { error: `one of ${values.join(', ')}` }), about);
}

/** `example` is a list as it would be written. */
function list<Output, Input>(
  about: string,
  example: string,
  item: OptionSchema<Output, Input>,
  rule?: Rule<readonly Output[]>,
): OptionSchema<readonly Output[], readonly Input[]> {
  return finish(z.array(zodOf(item), { error: `a list such as ${example}` }), about, rule);
}

/** A value that JSON can hold, and that is no list and no map. */
function scalar(about: string): OptionSchema<string | number | boolean | null> {
  const error = 'a text, a number, true, false or null';
  return finish(z.union([z.string(), z.number(), z.boolean(), z.null()], { error }), about);
}

/** A value of any kind: the rule says which are right. */
function anything(about: string, rule?: Rule<unknown>): OptionSchema<unknown> {
  return finish(z.unknown(), about, rule);
}

/** One, or a list of at least one. `what` names both, for the message. */
function oneOrMore<Output, Input>(
  about: string,
  what: string,
  item: OptionSchema<Output, Input>,
): OptionSchema<Output | readonly Output[], Input | readonly Input[]> {
  const many = z.array(zodOf(item), { error: what }).check(z.minLength(1, { error: what }));
  return finish(z.union([zodOf(item), many], { error: what }), about);
}

/** Texts by name. The rule sees all of them. */
function texts(
  about: string,
  rule?: Rule<Readonly<Record<string, string>>>,
): OptionSchema<Readonly<Record<string, string>>> {
  return finish(z.record(z.string(), z.string({ error: TEXT }), { error: 'texts by name' }), about, rule);
}

/** Values of one kind by name. The rule sees all of them. `__proto__` is no name: it is left out. */
function record<Output, Input>(
  about: string,
  what: string,
  item: OptionSchema<Output, Input>,
  rule?: Rule<Readonly<Record<string, Output>>>,
): OptionSchema<Readonly<Record<string, Output>>, Readonly<Record<string, Input>>> {
  return finish(z.record(z.string(), zodOf(item), { error: what }), about, rule);
}

/**
 * Options by name, and no others. The rule is for what several of them say together: it is asked even if some are wrong,
 * so that everything is told at once, and has to look at the types itself.
 */
function object<Shape extends OptionShape>(
  about: string,
  shape: Shape,
  rule?: Rule<Readonly<Partial<Record<keyof Shape, unknown>>>>,
): OptionSchema<ShapeOutput<Shape>, ShapeInput<Shape>> {
  const fields = Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, zodOf(schema)]));
  return finish(z.strictObject(fields, { error: 'options by name' }), about, rule, isRecord);
}

function optional<Output, Input>(
  schema: OptionSchema<Output, Input>,
): OptionSchema<Output | undefined, Input | undefined> {
  return z.optional(zodOf(schema)) as unknown as OptionSchema<Output | undefined, Input | undefined>;
}

function withDefault<Output, Input>(
  value: Output,
  schema: OptionSchema<Output, Input>,
): OptionSchema<Output, Input | undefined> {
  return z.prefault(zodOf(schema), value) as unknown as OptionSchema<Output, Input | undefined>;
}

/** One function for each kind of option. */
export const option = {
  text,
  secret,
  wholeNumber,
  milliseconds,
  flag,
  oneOf,
  scalar,
  anything,
  list,
  oneOrMore,
  texts,
  record,
  object,
  optional,
  withDefault,
};

/** The JSON Schema (draft 2020-12) of what a schema takes; undefined when its library cannot say. */
export function jsonSchemaOf(schema: StandardSchema): Readonly<Record<string, unknown>> | undefined {
  const { jsonSchema } = schema['~standard'];
  if (jsonSchema !== undefined) return jsonSchema.input({ target: 'draft-2020-12' });
  return '_zod' in schema ? z.toJSONSchema(zodOf(schema), { io: 'input', unrepresentable: 'any' }) : undefined;
}

/** Attaches rule and description. Typed as what fits everywhere; the callers say what it is. */
function finish(
  type: z.ZodMiniType,
  about: string,
  rule?: Rule<never>,
  when?: (value: unknown) => boolean,
): OptionSchema<never> {
  const checked = rule === undefined ? type : type.check(checkOf(rule, when));
  return checked.check(z.describe(about)) as unknown as OptionSchema<never>;
}

function checkOf(rule: Rule<never>, when?: (value: unknown) => boolean): z.core.$ZodCheck<unknown> {
  const check = z.check((payload) => {
    for (const { at, expected, got } of rule(payload.value as never)) {
      payload.issues.push({
        code: 'custom',
        message: expected,
        params: { got },
        input: payload.value,
        path: at === undefined ? [] : [at],
        continue: true,
      });
    }
  });
  const { _zod: internals } = check;
  if (when !== undefined) internals.def.when = (payload) => when(payload.value);
  return check;
}

function zodOf(schema: StandardSchema): z.ZodMiniType {
  return schema as unknown as z.ZodMiniType;
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
