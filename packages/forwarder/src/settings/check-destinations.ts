import { resolve } from 'node:path';
import type { DestinationDefinition } from '@grantex/core';
import { findDestination, nearestName, ownDestinations, type DefinitionsByType } from './destination-types.js';
import type { FilledIn } from './filled-in-values.js';
import { findingsOf } from './findings.js';
import { withNumbersFromOutside } from './lenient-check.js';
import type { Finding } from './settings-document.js';
import { isRecord, pathKey } from './settings-path.js';
import { placementShape } from './settings-schema.js';

/** A destination of the file whose words are sorted into the forwarder's and its own. */
export interface DestinationEntry {
  readonly name: string;
  /** Undefined: it does not say, and its name is none of ours. */
  readonly type: string | undefined;
  readonly placement: Readonly<Record<string, unknown>>;
  /** With `name`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined when none was found, which is among the findings. */
  readonly definition: DestinationDefinition | undefined;
}

/** Finds out what each destination is, and checks the options that are its own. */
export async function checkDestinations(
  destinations: Readonly<Record<string, unknown>>,
  { origins, failed }: Pick<FilledIn, 'origins' | 'failed'>,
  folder: string,
): Promise<{ entries: DestinationEntry[]; findings: Finding[] }> {
  const own = await ownDestinations();
  const findings: Finding[] = [];
  const entries: DestinationEntry[] = [];
  for (const [name, destination] of Object.entries(destinations)) {
    if (!isRecord(destination)) continue;
    const { placement, options: given } = sort(destination);
    const at = ['destinations', name];
    if (given['name'] !== undefined) {
      findings.push({ path: [...at, 'name'], expected: 'no name, since it is the key above', got: 'one' });
    }
    const { type: givenType = own.has(name) ? name : undefined } = placement;
    const type = typeof givenType === 'string' && givenType !== '' ? givenType : undefined;
    const isTypeTold = type !== givenType || failed.has(pathKey([...at, 'type']));
    const definition = isTypeTold ? undefined : await definitionOf(name, type, own, folder, findings);
    if (definition === undefined) {
      entries.push({ name, type, placement, options: given, definition });
      continue;
    }
    const named = takesName(definition) ? { ...given, name } : given;
    const check = (value: unknown): ReturnType<DestinationDefinition['problems']> => definition.problems(value);
    const options = withNumbersFromOutside(named, at, origins, check) as Readonly<Record<string, unknown>>;
    findings.push(...findingsOf(check(options), options, at).map((finding) => withReserved(finding)));
    entries.push({ name, type: type ?? name, placement, options, definition });
  }
  return { entries, findings };
}

function sort(destination: Readonly<Record<string, unknown>>): Pick<DestinationEntry, 'placement' | 'options'> {
  const words = Object.entries(destination);
  const reserved = words.filter(([key]) => Object.hasOwn(placementShape, key));
  const others = words.filter(([key]) => !Object.hasOwn(placementShape, key));
  return { placement: Object.fromEntries(reserved), options: Object.fromEntries(others) };
}

async function definitionOf(
  name: string,
  type: string | undefined,
  own: DefinitionsByType,
  folder: string,
  findings: Finding[],
): Promise<DestinationDefinition | undefined> {
  if (type === undefined) {
    const near = nearestName(name, [...own.keys()]);
    findings.push({
      path: ['destinations', name, 'type'],
      expected: `one of ${[...own.keys()].toSorted().join(', ')}, or a package that is installed`,
      got: 'nothing',
      suggestion: near === undefined ? undefined : `did you mean ${near}?`,
    });
    return undefined;
  }
  const found = await findDestination(type, own, folder);
  if ('from' in found) return found;
  findings.push({ path: ['destinations', name, 'type'], ...found });
  return undefined;
}

/** A destination that someone else wrote may have a name of its own, and no option for another one. */
function takesName(definition: DestinationDefinition): boolean {
  return !definition.problems({ name: 'any' }).some(({ option, got }) => option === 'name' && got === 'an unknown one');
}

/** The options of a destination know nothing of the forwarder's words beside them. */
function withReserved(finding: Finding): Finding {
  const [, , key = ''] = finding.path;
  if (finding.got !== 'an unknown one' || finding.path.length !== 3 || finding.suggestion !== undefined) return finding;
  const near = nearestName(String(key), Object.keys(placementShape));
  return near === undefined ? finding : { ...finding, expected: 'a known option', suggestion: `did you mean ${near}?` };
}

/** A file has one writer, or lines would be torn. */
export function fileFindings(entries: readonly DestinationEntry[], sourceCount: number): Finding[] {
  const writers = new Map<string, string>();
  return entries.flatMap(({ name, placement, options, definition }): Finding[] => {
    const path = options['path'];
    if (definition?.type !== 'file' || typeof path !== 'string' || path === '') return [];
    const file = ['-', 'stdout', '/dev/stdout'].includes(path) ? '-' : resolve(path);
    const other = writers.get(file);
    writers.set(file, other ?? name);
    const at = ['destinations', name];
    if (other !== undefined) {
      return [{ path: [...at, 'path'], expected: 'a file of its own', got: `that of the destination ${other}` }];
    }
    const { sources } = placement;
    const count = Array.isArray(sources) ? new Set(sources).size : sourceCount;
    if (count < 2) return [];
    const suggestion = 'make one destination of type file for each source, and name the source in its sources';
    const finding = { expected: 'one source, because a file has one writer', got: String(count), suggestion };
    return [{ path: sources === undefined ? at : [...at, 'sources'], ...finding }];
  });
}
