import { inspect } from 'node:util';
import type { Logger } from '../../src/index.js';

/** Everything that a destination lets out, as text, and where it was seen. */
export class Shown {
  readonly #texts: { readonly where: string; readonly text: string }[] = [];
  readonly logger: Logger = {
    debug: (...line) => this.add('a debug line', line),
    info: (...line) => this.add('a log line', line),
    warn: (...line) => this.add('a warning', line),
    error: (...line) => this.add('an error in the log', line),
  };

  add(where: string, value: unknown): void {
    const options = { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null } as const;
    this.#texts.push({ where, text: typeof value === 'string' ? value : inspect(value, options) });
    this.#texts.push({ where: `the JSON of ${where}`, text: jsonOf(value) });
  }

  /** Where secrets were seen, in any of the forms in which they travel. */
  leaksOf(secrets: readonly string[]): string[] {
    const forms = secrets.flatMap(formsOf);
    return this.#texts
      .filter(({ text }) => forms.some((form) => text.includes(form)))
      .map(({ where, text }) => `${where}: ${text.slice(0, 2_000)}`);
  }

  /** All of it. */
  get text(): string {
    return this.#texts.map(({ text }) => text).join('\n');
  }
}

/** As it is, in an address, in JSON, and in base64 as a text of its own. */
export function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64])];
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return ''; // It has circles: nobody can write it.
  }
}
