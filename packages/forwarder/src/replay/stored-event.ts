import type { GrantexEvent } from '@grantex/core';

/** The event of a stored line, or why it is none. */
export type StoredEvent = { readonly event: GrantexEvent } | { readonly reason: string };

/**
 * Reads one line of NDJSON. A line of a file of dead letters, `{"reason": …, "event": {…}}`, stands for its event. Only the
 * envelope is checked; `data` is passed on as it is.
 */
export function readStoredEvent(line: string): StoredEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { reason: 'not JSON' };
  }
  if (!isObject(value)) return { reason: 'not a JSON object' };
  return isObject(value['event']) && value['id'] === undefined ? check(value['event']) : check(value);
}

function check(value: Readonly<Record<string, unknown>>): StoredEvent {
  const { id, type, createdAt, data } = value;
  if (typeof id !== 'string' || id === '') return { reason: 'no id' };
  if (typeof type !== 'string' || type === '') return { reason: 'no type' };
  if (typeof createdAt !== 'string') return { reason: 'no createdAt' };
  if (typeof data !== 'object' || data === null) return { reason: 'no data' };
  return { event: value as unknown as GrantexEvent };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
