/** The names from the event to a field of it, e.g. `['data', 'agentId']`. */
export type Path = readonly string[];

/** A map or a list of an event. The keys of a list are its indices. */
export type Holder = Record<string, unknown>;

/** In a path: every field of a map, every entry of a list. */
export const EVERY = '*';

/** The fields that every event has beside `data`. */
export const ENVELOPE_FIELDS: ReadonlySet<string> = new Set(['id', 'type', 'createdAt']);

const MAX_LENGTH = 500;
const MAX_NAMES = 20;
const MAX_SHOWN = 60;
/** What JSONPath and others use, so that nobody takes one for the other, and all that is easily overlooked. */
const NOT_IN_NAMES = /[\s[\]"'`\\]/;
/** Names through which a prototype is reached. */
const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The path that a text such as `data.agentId` means. A name with a dot in it cannot be written. */
export function readPath(text: string): Path {
  return text.split('.');
}

/** What a text should have been if it is no path; undefined when it is one. */
export function pathFault(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return `a path of at most ${MAX_LENGTH} characters`;
  const names = readPath(text);
  if (names.length > MAX_NAMES) return `a path of at most ${MAX_NAMES} names`;
  if (names.some((name) => PROTOTYPE_NAMES.has(name))) return 'a path without __proto__, constructor and prototype';
  if (names.some((name) => name === '' || name === '$' || NOT_IN_NAMES.test(name))) {
    return 'names with dots between them, such as data.agentId or data.items.0';
  }
  if (names.some((name) => name !== EVERY && name.includes(EVERY))) return '* as a whole name, as in data.items.*.id';
  return undefined;
}

/** A text as a message shows it. A long one may be a secret in the wrong place. */
export function shown(text: string): string {
  return text.length <= MAX_SHOWN ? `"${text}"` : `a text of ${text.length} characters`;
}

/** The path that was probably meant by one that does not begin with `data.`. */
export function insideData(text: string): string {
  return text === 'data' ? 'data.agentId' : `data.${text}`;
}

export function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null;
}

/** Whether the map has this field, or the list this entry. */
export function holds(holder: Holder, key: string): boolean {
  return Object.hasOwn(holder, key) && !(Array.isArray(holder) && key === 'length');
}

/** The value at a path without `*`; undefined when there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const name of path) {
    if (!isHolder(value) || !holds(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
