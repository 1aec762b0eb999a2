import type { Complaint } from '@grantex/core';
import { jsonFault } from './json-value.js';
import { ENVELOPE_FIELDS, EVERY, insideData, pathFault, readPath, shown, type Path } from './path.js';

/** What is wrong with the paths of a transform, beyond what a schema can say. */

const MAX_PATHS = 100;

/** A list of paths: of `drop` and `redact`. */
export function pathCountFaults({ length }: { readonly length: number }): Complaint[] {
  if (length >= 1 && length <= MAX_PATHS) return [];
  return [{ expected: `from 1 to ${MAX_PATHS} paths`, got: `${length}` }];
}

/** A path to fields that are dropped, renamed, or made unreadable. */
export function fieldPathFaults(text: string): Complaint[] {
  const fault = changeablePathFault(text);
  return fault === undefined ? [] : [{ expected: fault, got: shown(text) }];
}

/** Values by path. */
export function additionFaults(additions: Readonly<Record<string, unknown>>): Complaint[] {
  const paths = Object.keys(additions);
  return [
    ...pathCountFaults(paths),
    ...paths.flatMap((path): Complaint[] => {
      const fault = changeablePathFault(path) ?? namedPathFault(path);
      if (fault !== undefined) return [{ at: path, expected: fault, got: shown(path) }];
      const valueFault = jsonFault(additions[path]);
      return valueFault === undefined ? [] : [{ at: path, expected: valueFault, got: 'something else' }];
    }),
  ];
}

/** New paths by old ones. */
export function renamingFaults(renamings: Readonly<Record<string, string>>): Complaint[] {
  const entries = Object.entries(renamings);
  return [
    ...pathCountFaults(entries),
    ...entries.flatMap(([from, to]): Complaint[] => {
      const fromFault = changeablePathFault(from) ?? namedPathFault(from);
      if (fromFault !== undefined) return [{ at: from, expected: fromFault, got: shown(from) }];
      const toFault = changeablePathFault(to) ?? namedPathFault(to) ?? sameStarsFault(from, to);
      return toFault === undefined ? [] : [{ at: from, expected: toFault, got: shown(to) }];
    }),
  ];
}

/** The beginning of a path, up to its last `*`. Empty when it has none. */
export function starredPart(path: Path): Path {
  return path.slice(0, path.lastIndexOf(EVERY) + 1);
}

/** What every event needs has to stay: its id, type and time, and `data` as a map. */
function changeablePathFault(text: string): string | undefined {
  const fault = pathFault(text);
  if (fault !== undefined) return fault;
  const [field = '', ...names] = readPath(text);
  if (ENVELOPE_FIELDS.has(field)) return 'another field: id, type and createdAt stay as they are';
  if (field === EVERY) return `a path inside data, such as data.${EVERY}`;
  if (field === 'data' && names.length === 0)
    return 'a path inside data, such as data.agentId (data.* is every field of it)';
  return undefined;
}

function namedPathFault(text: string): string | undefined {
  return readPath(text).at(-1) === EVERY ? 'a path that ends in a name, not in *' : undefined;
}

function sameStarsFault(from: string, to: string): string | undefined {
  const part = starredPart(readPath(from)).join('.');
  if (starredPart(readPath(to)).join('.') === part) return undefined;
  return part === '' ? 'a path without *' : `a path that begins with ${part}., as the old one does`;
}

interface StepPaths {
  readonly add?: Readonly<Record<string, unknown>>;
  readonly drop?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
  readonly redact?: { readonly paths: readonly string[] };
}

/**
 * Paths to fields that no event has: neither in `data` nor added by an earlier step. They are refused, since whoever
 * writes `drop: [email]` means `data.email`, and would go on sending it.
 */
export function unknownFieldFaults(steps: readonly StepPaths[]): Complaint[] {
  const known = new Set(['data']);
  return steps.flatMap((step, index) => {
    const faults: Complaint[] = [];
    const look = (text: string): void => {
      if (known.has(firstName(text)) || changeablePathFault(text) !== undefined) return;
      faults.push({ at: index, expected: `a path inside data, such as ${insideData(text)}`, got: shown(text) });
    };
    for (const text of [...(step.drop ?? []), ...(step.redact?.paths ?? [])]) look(text);
    for (const text of Object.keys(step.add ?? {})) known.add(firstName(text));
    for (const [from, to] of Object.entries(step.rename ?? {})) {
      look(from);
      known.add(firstName(to));
    }
    return faults;
  });
}

function firstName(text: string): string {
  return readPath(text)[0] ?? '';
}
