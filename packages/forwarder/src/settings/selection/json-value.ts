import { isHolder } from './path.js';

const MAX_DEPTH = 20;
const MAX_VALUES = 1_000;
const MAX_CHARACTERS = 10_000;

/** What a value should have been if it cannot be put into an event; undefined when it can. */
export function jsonFault(value: unknown): string | undefined {
  if (!isSmallTree(value)) {
    return `a text, a number, true, false, null, or a list or map of these (${MAX_VALUES} at most, ${MAX_DEPTH} levels)`;
  }
  if (JSON.stringify(value).length > MAX_CHARACTERS) return `at most ${MAX_CHARACTERS} characters of JSON`;
  return undefined;
}

/** The value as JSON, the same for every order of the fields. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    isHolder(entry) && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}

/** Bounded in every direction: an alias in a YAML file can make a value contain itself. */
function isSmallTree(root: unknown): boolean {
  let left = MAX_VALUES;
  const isSmall = (value: unknown, depth: number): boolean => {
    left--;
    if (left < 0 || depth > MAX_DEPTH) return false;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
    if (typeof value === 'number') return Number.isFinite(value);
    if (Array.isArray(value)) return value.every((entry) => isSmall(entry, depth + 1));
    if (!isHolder(value) || Object.getPrototypeOf(value) !== Object.prototype) return false;
    return Object.entries(value).every(([key, entry]) => key !== '__proto__' && isSmall(entry, depth + 1));
  };
  return isSmall(root, 0);
}
