import { dirname, resolve } from 'node:path';
import { readBoundedFile } from './bounded-file.js';
import { unreadable, type Finding, type SettingsDocument, type SettingsPath } from './settings-document.js';
import { isRecord, pathKey } from './settings-path.js';

/** A secret is a key or a certificate, not a file of data. */
const MAX_SECRET_BYTES = 65_536;
const MAX_DEPTH = 32;

export interface FilledIn {
  readonly value: unknown;
  /** By `pathKey`: the values that come from elsewhere, whose text no message may show. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** By `pathKey`: what has no value because of a finding. */
  readonly failed: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  /** The files that values were taken from, or should have been. Absolute. */
  readonly files: readonly string[];
}

export interface Origin {
  /** For messages: `${DD_API_KEY}`, or `a file`. */
  readonly from: string;
  readonly text: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Puts in what the settings take from the environment (`${NAME}`, `${NAME:-default}`; `$${` stands for `${`) and from files
 * (`file:/run/secrets/key`, as the whole value). It works on values that are parsed, so what is put in stays one text. Keys
 * without a value count as left out, but in `filter` and `transform`, where null is a value.
 */
export async function fillIn(document: SettingsDocument, file: string, env: Env): Promise<FilledIn> {
  const filler = new Filler(dirname(file), env, document.isCode);
  const value = await filler.fill(document.value, []);
  const { origins, failed, findings, files } = filler;
  return { value, origins, failed, findings, files };
}

class Filler {
  readonly origins = new Map<string, Origin>();
  readonly failed = new Set<string>();
  readonly findings: Finding[] = [];
  readonly files: string[] = [];
  readonly #folder: string;
  readonly #env: Env;
  readonly #isCode: boolean;

  constructor(folder: string, env: Env, isCode: boolean) {
    this.#folder = folder;
    this.#env = env;
    this.#isCode = isCode;
  }

  async fill(value: unknown, path: SettingsPath): Promise<unknown> {
    // Aliases can make a value that holds itself.
    if (path.length > MAX_DEPTH) throw unreadable(`at most ${MAX_DEPTH} levels`, 'more');
    if (typeof value === 'string') return await this.#fillText(value, path);
    if (Array.isArray(value)) {
      const filled: unknown[] = [];
      for (const [index, item] of value.entries()) filled.push(await this.fill(item, [...path, index]));
      return filled;
    }
    return isPlain(value) ? await this.#fillMap(value, path) : value;
  }

  async #fillMap(map: Readonly<Record<string, unknown>>, path: SettingsPath): Promise<unknown> {
    const filled: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [name, given] of Object.entries(map)) {
      const inner = [...path, name];
      const value = given === null || given === undefined ? withoutValue(inner) : await this.fill(given, inner);
      if (value !== LEFT_OUT) filled[name] = value;
    }
    return { ...filled };
  }

  async #fillText(text: string, path: SettingsPath): Promise<unknown> {
    const filled = this.#interpolate(text, path);
    if (filled === undefined) return STAND_IN;
    if (text.startsWith('file:')) return await this.#readFile(filled.slice('file:'.length), path);
    const names = namesIn(text);
    if (names.length > 0) this.origins.set(pathKey(path), { from: names.join(' and '), text: filled });
    else if (this.#isCode) this.origins.set(pathKey(path), { from: '', text: filled });
    // "${NAME:-}" says that nothing will do.
    return filled === '' && names.length > 0 && !isSelection(path) ? LEFT_OUT : filled;
  }

  #interpolate(text: string, path: SettingsPath): string | undefined {
    let isComplete = true;
    const filled = text.replaceAll(REFERENCE, (reference, inside: string | undefined, end: string) => {
      if (inside === undefined) return '${';
      const value = end === '}' ? this.#lookUp(inside, path) : this.#miss(path, ...MALFORMED);
      isComplete &&= value !== undefined;
      return value ?? reference;
    });
    if (isComplete) return filled;
    this.failed.add(pathKey(path));
    return undefined;
  }

  #lookUp(inside: string, path: SettingsPath): string | undefined {
    const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inside) ?? [];
    if (name === undefined) return this.#miss(path, ...MALFORMED);
    const value = this.#env[name];
    if (value !== undefined && value !== '') return value;
    if (fallback !== undefined) return fallback;
    const expected = `a value in the environment variable ${name}`;
    const [got, hint] =
      value === undefined
        ? ['none of this name', `set ${name}, or write \${${name}:-default}`]
        : ['an empty one', `set ${name}, or write \${${name}:-} if it may be empty`];
    return this.#miss(path, expected, got, hint);
  }

  async #readFile(name: string, path: SettingsPath): Promise<string> {
    const file = resolve(this.#folder, name);
    this.files.push(file);
    const read = name === '' ? { why: 'no name behind file:' } : await readBoundedFile(file, MAX_SECRET_BYTES);
    const text = typeof read === 'string' ? read.replace(/\r?\n$/, '') : '';
    if (text === '') {
      this.failed.add(pathKey(path));
      const got = typeof read === 'string' ? 'an empty file' : read.why;
      const from = name.length > 200 ? 'the file' : `the file ${file}`;
      this.#miss(path, `a value in ${from}`, got);
      return STAND_IN;
    }
    this.origins.set(pathKey(path), { from: 'a file', text });
    return text;
  }

  #miss(path: SettingsPath, expected: string, got: string, suggestion?: string): undefined {
    this.findings.push({ path, expected, got, suggestion });
  }
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const MALFORMED = [
  '${NAME} or ${NAME:-default}',
  'something else behind ${',
  'write $${ for the characters ${',
] as const;
/** For a value that is missing, so that the rest can be checked: some text, or others would be told that it is not there. */
const STAND_IN = 'missing';
const LEFT_OUT = Symbol('left out');

function namesIn(text: string): string[] {
  const names = [...text.matchAll(REFERENCE)].flatMap(([, inside]) => (inside === undefined ? [] : [inside]));
  return names.map((inside) => `\${${inside.replace(/:-.*/s, '')}}`);
}

/** `datadog:` with nothing behind it is a destination with its defaults. */
function withoutValue(path: SettingsPath): unknown {
  if (isSelection(path)) return null;
  const [section] = path;
  return path.length === 2 && (section === 'sources' || section === 'destinations') ? {} : LEFT_OUT;
}

/** Inside of a `filter` or `transform`. An empty condition there is not the same as none. */
function isSelection([section, , option, ...rest]: SettingsPath): boolean {
  return section === 'destinations' && (option === 'filter' || option === 'transform') && rest.length > 0;
}

/** What a file can hold. Instances of classes come from modules, and are left to the schemas. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
