import type { SettingsPath } from './settings-document.js';

/** A name from the file, fit for a message: a key may be anything, even a secret in the wrong place. */
export function nameOf(key: string): string {
  return key.length > 64 ? `${key.slice(0, 32)}…` : key;
}

/** `destinations.datadog.tags[0]` */
export function pathText(path: SettingsPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? nameOf(part) : `${text}.${nameOf(part)}`;
  }, '');
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The path that the name of an option means, e.g. `retry.maxMs` or `tags[0]`. Names may have dots of their own, so the value
 * says where one ends.
 */
export function pathOfOption(name: string, value: unknown): SettingsPath {
  if (name === '') return [];
  const entry = Array.isArray(value) ? /^\[(\d+)\]\.?/.exec(name) : null;
  if (entry !== null) {
    const index = Number(entry[1]);
    return [index, ...pathOfOption(name.slice(entry[0].length), (value as unknown[])[index])];
  }
  const longestFirst = isRecord(value) ? Object.keys(value).toSorted((a, b) => b.length - a.length) : [];
  const key = longestFirst.find((each) => name === each || name.startsWith(`${each}.`) || name.startsWith(`${each}[`));
  if (key === undefined) return [name];
  return [key, ...pathOfOption(name.slice(key.length).replace(/^\./, ''), (value as Record<string, unknown>)[key])];
}

export function valueAt(value: unknown, path: SettingsPath): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown> | undefined)?.[part], value);
}

/** A copy in which one value is another one. */
export function replaceAt(value: unknown, path: SettingsPath, replacement: unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return replacement;
  const inner = replaceAt((value as Record<string | number, unknown>)[part], rest, replacement);
  if (Array.isArray(value)) return value.with(Number(part), inner);
  return { ...(value as object), [part]: inner };
}

/** For maps and sets by path. */
export function pathKey(path: SettingsPath): string {
  return JSON.stringify(path);
}
