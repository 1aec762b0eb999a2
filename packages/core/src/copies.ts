import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from './logger.js';

/** Under which every copy of this package that a process loads writes itself down: a key that all copies share. */
const registered = Symbol.for('grantex.core.copies.1');

interface Copies {
  /** The address of each copy's code. */
  readonly urls: Set<string>;
  /** Once is enough, whichever copy does it. */
  isTold: boolean;
}

const copies: Copies = ((globalThis as { [registered]?: Copies })[registered] ??= {
  urls: new Set(),
  isTold: false,
});
copies.urls.add(import.meta.url);

/**
 * Says once when this process has loaded more than one copy. They work together: errors are matched by `code`, destinations
 * and definitions by their marks. But `instanceof` does not hold between copies, and a fix is in one of them only.
 */
export function tellCopies(logger: Logger): void {
  if (copies.urls.size < 2 || copies.isTold) return;
  copies.isTold = true;
  const places = [...copies.urls].map((url) => describeCopy(new URL('..', url)));
  logger.warn(
    `${places.length} copies of @grantex/core are loaded: ${places.join(', ')}. Events are delivered all the same; match ` +
      'errors by their code, not by their class. "npm ls @grantex/core" shows who brings which',
    { copies: places.length },
  );
}

/** @param folder of the package */
function describeCopy(folder: URL): string {
  const place = folder.protocol === 'file:' ? fileURLToPath(folder).replace(/[/\\]$/, '') : folder.href;
  try {
    const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as {
      readonly version: string;
    };
    return `${version} in ${place}`;
  } catch {
    return place; // Put into one file with other code: its package.json is not there.
  }
}
