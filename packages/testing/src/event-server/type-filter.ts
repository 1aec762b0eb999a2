import type { Message } from './message.js';

/**
 * What a client asked for: exact names, or a text that is searched for the type as a part of it (what the WebSocket makes
 * of `{"types": "a,b"}`). Undefined: everything.
 */
export type TypeFilter = readonly unknown[] | string | undefined;

/** Text that is no JSON, and JSON without a type, passes every filter. */
export function passes(filter: TypeFilter, message: Message): boolean {
  if (filter === undefined) return true;
  const { type } = message;
  return type === undefined || filter.includes(type);
}

/** The filter in the `types` parameter: split at commas, nothing trimmed; empty means none. */
export function filterOfQuery(types: string | null): TypeFilter {
  return types ? types.split(',') : undefined;
}

/** The filter after a message of a WebSocket client; a message that is none leaves the one before. */
export function filterOfMessage(text: string, before: TypeFilter): TypeFilter {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    // Not JSON: ignored, as the real server does.
    return before;
  }
  if (typeof message !== 'object' || message === null || !('types' in message)) return before;
  const { types } = message;
  if (Array.isArray(types)) return types as unknown[];
  return typeof types === 'string' && types !== '' ? types : before;
}
