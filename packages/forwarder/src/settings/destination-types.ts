import { isDestinationDefinition, option, type DestinationDefinition } from '@grantex/core';
import { findPackage } from './find-package.js';
import { problemsOf } from './lenient-check.js';
import type { Finding } from './settings-document.js';
import { nameOf } from './settings-path.js';

export type DefinitionsByType = ReadonlyMap<string, DestinationDefinition>;

/** Our own destinations by their short names. Loaded when they are asked for: other commands need none of them. */
export async function ownDestinations(): Promise<DefinitionsByType> {
  const destinations: object = await import('@grantex/destinations');
  const definitions = Object.values(destinations).filter((value) => isDestinationDefinition(value));
  return new Map(definitions.map((definition) => [definition.type, definition]));
}

/** The name of a package, or the path of a module beside the settings. */
const PACKAGE = /^(@[a-z0-9~-][\w.~-]*\/)?[a-z0-9~-][\w.~-]*$/i;
const MODULE = /^\.{1,2}\/./;

/** What a `type` means, or what is wrong with it. `folder`: where the file of settings is. */
export async function findDestination(
  type: string,
  own: DefinitionsByType,
  folder: string,
): Promise<DestinationDefinition | Omit<Finding, 'path'>> {
  const known = own.get(type);
  if (known !== undefined) return known;
  const isPackage = PACKAGE.test(type);
  const url = isPackage || MODULE.test(type) ? findPackage(type, folder) : undefined;
  if (url !== undefined) return await definitionIn(url);
  const expected = `one of ${[...own.keys()].toSorted().join(', ')}, or a package that is installed`;
  if (!isPackage) return { expected, got: MODULE.test(type) ? 'a path where no module is' : 'neither' };
  const near = type.startsWith('@') ? undefined : nearestName(type, [...own.keys()]);
  return {
    expected,
    got: `"${nameOf(type)}"`,
    suggestion: near === undefined ? `npm install ${type}` : `did you mean ${near}?`,
  };
}

/** The name that may have been meant. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const known = option.object('', Object.fromEntries(names.map((each) => [each, option.optional(option.flag(''))])));
  return problemsOf(known, { [name]: true })[0]?.suggestion;
}

async function definitionIn(url: string): Promise<DestinationDefinition | Omit<Finding, 'path'>> {
  const expected = 'a package with the definition of one destination';
  let module: object;
  try {
    module = (await import(url)) as object;
  } catch (error) {
    const [firstLine = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { expected, got: `one that cannot be loaded: ${firstLine.slice(0, 200)}` };
  }
  const found = new Set(Object.values(module).filter((value) => isDestinationDefinition(value)));
  const [definition] = found;
  if (definition !== undefined && found.size === 1) return definition;
  if (found.size > 1) return { expected, got: `one with ${found.size}` };
  return { expected, got: 'one without', suggestion: 'it has to export what defineDestination() returns' };
}
