import { createHash } from 'node:crypto';
import type { Placement } from './settings-schema.js';

/**
 * A digest of what a destination does with an event: when it is another one, the destination has to be made anew. `enabled`
 * and `from` are no part of it, which matter when it begins.
 */
export function fingerprintOf(
  type: string,
  options: Readonly<Record<string, unknown>>,
  { filter, transform }: Pick<Placement, 'filter' | 'transform'>,
  sources: readonly string[],
): string {
  const digested = JSON.stringify([type, options, filter, transform, sources], inOrder);
  return createHash('sha256').update(digested).digest('hex');
}

/** The order of names says nothing. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const named = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(named);
}
